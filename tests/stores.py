"""Moto's server with the template's own stores, which every test gets as CloudFormation made them."""

import copyreg
import io
import json
import logging
import pickle
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
import moto.backends
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_api._internal.models import moto_api_backend
from moto.server import ThreadedMotoServer

from local.aws import moto_shortcuts
from tests.environment import REGION
from tests.template import document

STACK = "pixel"
_SERVICES = ("cloudformation", "dynamodb", "sqs")  # what a stack of stores lives in
_BACKENDS: Any = moto.backends


@cache
def client_of(service: str, server_url: str) -> Any:
    """Return boto3's client of a service, made once: thousands of tests ask for one."""
    create: Any = boto3.client  # whose overloads take only names that they know
    return create(service, endpoint_url=server_url, region_name=REGION)


@cache
def resource_of(service: str, server_url: str) -> Any:
    """Return boto3's resource of a service, made once."""
    create: Any = boto3.resource  # whose overloads take only names that they know
    return create(service, endpoint_url=server_url, region_name=REGION)


@contextmanager
def serving() -> Iterator[str]:
    """Run moto's server, whose DynamoDB is not atomic between threads: count from one thread only."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line for every request, which nobody reads
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    moto_shortcuts.install()
    yield f"http://{host}:{port}"
    server.stop()


class Stores:
    """Creating a stack takes a hundred times as long as bringing one back: it happens once.

    So does what many tests of a file write into the tables before they begin, if the file keeps it.
    """

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._created = b""

    def bring_back(self) -> None:
        """Delete all state of moto, then create the empty stores."""
        if not self._created:
            self.create()
        moto_api_backend.reset()
        put_back(self._created)

    def create(self) -> None:
        moto_api_backend.reset()
        client_of("cloudformation", self._server_url).create_stack(
            StackName=STACK, TemplateBody=json.dumps(document.stores_only())
        )
        self._created = _kept(_SERVICES)


def kept_tables() -> bytes:
    """Return the tables and what is in them, for `put_back`."""
    return _kept(("dynamodb",))


def put_back(kept: bytes) -> None:
    """Let what was kept be as it was, and all else as it is."""
    for service, state in pickle.loads(kept).items():
        _backend(service).__dict__ = state


def _kept(services: Iterable[str]) -> bytes:
    written = io.BytesIO()
    pickler = pickle.Pickler(written)
    # A queue has a lock, which nobody holds between tests: a new one serves as well.
    pickler.dispatch_table = {**copyreg.dispatch_table, threading.Condition: lambda _: (threading.Condition, ())}
    pickler.dump({service: vars(_backend(service)) for service in services})
    return written.getvalue()


def _backend(service: str) -> Any:
    return _BACKENDS.get_backend(service)[DEFAULT_ACCOUNT_ID][REGION]
