"""Import moto's CloudFormation without what moto reads for EC2.

Importing it imports EC2, which reads the types of machines of every Region and botocore's endpoints three times. That
would take longer than all other imports of the AWS server together, and the embedded stack has no machines.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.utilities import utils

_BOTO3: Any = boto3  # `Any`, because functions are replaced
_UTILITIES: Any = utils


@contextmanager
def _without_machines() -> Iterator[None]:
    session, load_resource = _BOTO3.Session, _UTILITIES.load_resource
    shared = session()
    _BOTO3.Session = lambda: shared
    _UTILITIES.load_resource = lambda path: {} if path.startswith("ec2/") else load_resource(path)
    try:
        yield
    finally:
        _BOTO3.Session, _UTILITIES.load_resource = session, load_resource


with _without_machines():
    from moto.cloudformation import parsing

__all__ = ["parsing"]
