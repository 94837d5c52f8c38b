"""Clients of the AWS server."""

from typing import Any

import boto3
from botocore.config import Config

from local.sam_template import REGION


def client(service: str, endpoint: str) -> Any:
    """`Any`, because the service is a parameter here."""
    return boto3.client(
        service,  # type: ignore[call-overload]  # the stubs have one overload per literal name
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(connect_timeout=2, read_timeout=20, retries={"max_attempts": 1}),
    )
