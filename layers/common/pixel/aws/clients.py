"""Clients of boto3, for every service that is not called on a request's path."""

from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from pixel.foundation.settings import aws_environment

ATTEMPTS = 3
_AUTHORITIES = Path(__file__).parents[3] / "aws-authorities.pem"
"""Those that vouch for AWS, a bundle made with the layer: botocore reads its bundle anew for each connection."""


def make_client(service: str, *, timeout_seconds: float) -> Any:
    """Return a client of a service, which repeats a call up to twice."""
    environment = aws_environment()
    options: dict[str, Any] = {"verify": str(_AUTHORITIES)} if _AUTHORITIES.exists() else {}
    create: Any = boto3.client  # whose overloads take only names that they know
    return create(
        service,
        region_name=environment.region,
        endpoint_url=environment.other_endpoint(service),
        aws_access_key_id=environment.access_key_id,
        aws_secret_access_key=environment.secret_access_key,
        aws_session_token=environment.session_token,
        config=Config(
            user_agent="pixel-api",  # in place of most of botocore's, which costs more to put together
            tcp_keepalive=True,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            connect_timeout=timeout_seconds,
            read_timeout=timeout_seconds,
            response_checksum_validation="when_required",  # a stream's would be known once all of it was used
        ),
        **options,
    )
