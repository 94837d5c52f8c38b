"""Boto3 clients, for the services that are not called while a request waits."""

from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from pixel.foundation.settings import aws_environment

ATTEMPTS = 3
_AUTHORITIES = Path(__file__).parents[3] / "aws-authorities.pem"
"""The certificates of the authorities that AWS uses: a small file, because botocore parses it for each connection."""


def make_client(service: str, *, timeout_seconds: float, attempts: int = ATTEMPTS) -> Any:
    """Return a client of a service, which retries a failed call up to twice unless `attempts` says otherwise."""
    environment = aws_environment()
    options: dict[str, Any] = {"verify": str(_AUTHORITIES)} if _AUTHORITIES.exists() else {}
    create: Any = boto3.client  # its overloads accept only literal service names
    return create(
        service,
        region_name=environment.region,
        endpoint_url=environment.endpoint_override(service),
        aws_access_key_id=environment.access_key_id,
        aws_secret_access_key=environment.secret_access_key,
        aws_session_token=environment.session_token,
        config=Config(
            user_agent="pixel-api",  # botocore's own is expensive to build
            tcp_keepalive=True,
            retries={"mode": "standard", "total_max_attempts": attempts},
            connect_timeout=timeout_seconds,
            read_timeout=timeout_seconds,
            response_checksum_validation="when_required",  # the checksum of a stream is known only at its end
        ),
        **options,
    )
