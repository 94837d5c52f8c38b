"""Calls to API Gateway about API keys and usage plans, through a boto3 client that is handed in.

Failures of calls are raised as `AwsError`. Failures before a call, such as missing credentials, keep botocore's types,
because only the owner of the client can remedy them.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)
from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.parsers import ResponseParserError

from pixel.aws.json_service import AwsRefusedError, AwsUnreachableError

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient

_MISSING = "NotFoundException"
_NOTHING_SENT = (EndpointConnectionError, ConnectTimeoutError)


class Throttle(NamedTuple):
    """The throttle of a usage plan, infinite where it has none."""

    requests_per_second: float
    burst: float


class GatewayKey(NamedTuple):
    """A key of API Gateway."""

    key_id: str
    enabled: bool


class UsagePlanService:
    """The keys and usage plans of API Gateway."""

    def __init__(self, apigateway: "APIGatewayClient") -> None:
        self._apigateway = apigateway

    def find_throttle(self, plan_id: str) -> Throttle | None:
        """Return the throttle of a usage plan, or None if the plan does not exist."""
        try:
            with _aws_errors("GetUsagePlan"):
                throttle = self._apigateway.get_usage_plan(usagePlanId=plan_id).get("throttle", {})
        except AwsRefusedError as refusal:
            if refusal.kind != _MISSING:
                raise
            return None
        return Throttle(throttle.get("rateLimit", math.inf), throttle.get("burstLimit", math.inf))

    def plans_of(self, key_id: str) -> set[str]:
        """Return the ids of the usage plans that contain a key."""
        with _aws_errors("GetUsagePlans"):
            pages = self._apigateway.get_paginator("get_usage_plans").paginate(keyId=key_id)
            return {plan["id"] for page in pages for plan in page.get("items", [])}

    def add_to_plan(self, plan_id: str, key_id: str) -> None:
        """Add a key to a usage plan."""
        with _aws_errors("CreateUsagePlanKey"):
            self._apigateway.create_usage_plan_key(usagePlanId=plan_id, keyId=key_id, keyType="API_KEY")

    def remove_from_plan(self, plan_id: str, key_id: str) -> None:
        """Remove a key from a usage plan."""
        with _aws_errors("DeleteUsagePlanKey"):
            self._apigateway.delete_usage_plan_key(usagePlanId=plan_id, keyId=key_id)

    def find_key(self, key_id: str) -> GatewayKey | None:
        """Return a key, or None if it does not exist."""
        try:
            with _aws_errors("GetApiKey"):
                key = self._apigateway.get_api_key(apiKey=key_id)
        except AwsRefusedError as refusal:
            if refusal.kind != _MISSING:
                raise
            return None
        return GatewayKey(key["id"], key.get("enabled", False))

    def create_key(self, name: str, value: str) -> str:
        """Create a key and return its id, which is that of an existing key with this name and value."""
        try:
            with _aws_errors("CreateApiKey"):
                return self._apigateway.create_api_key(name=name, value=value, enabled=True)["id"]
        except AwsRefusedError as refusal:
            # An earlier call may have created the key and failed before its id was stored.
            existing = self._key_id_by_value(name, value) if refusal.kind == "ConflictException" else None
            if existing is None:
                raise
            return existing

    def enable_key(self, key_id: str) -> None:
        """Enable a key."""
        with _aws_errors("UpdateApiKey"):
            self._apigateway.update_api_key(
                apiKey=key_id, patchOperations=[{"op": "replace", "path": "/enabled", "value": "true"}]
            )

    def delete_key(self, key_id: str) -> None:
        """Delete a key."""
        with _aws_errors("DeleteApiKey"):
            self._apigateway.delete_api_key(apiKey=key_id)

    def _key_id_by_value(self, name: str, value: str) -> str | None:
        with _aws_errors("GetApiKeys"):
            pages = self._apigateway.get_paginator("get_api_keys").paginate(nameQuery=name, includeValues=True)
            return next(
                (key["id"] for page in pages for key in page.get("items", []) if key.get("value") == value), None
            )


@contextmanager
def _aws_errors(operation: str) -> Iterator[None]:
    """Raise botocore's errors about a call as AwsError."""
    call = f"apigateway {operation}"
    try:
        yield
    except ClientError as failure:
        error = failure.response.get("Error", {})
        body = {"__type": error.get("Code", "unknown"), "message": error.get("Message")}
        status = failure.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
        raise AwsRefusedError(call, status, body) from failure
    except (NoConnectionError, HTTPClientError, ResponseParserError) as failure:
        sent = not isinstance(failure, _NOTHING_SENT)
        raise AwsUnreachableError(call, type(failure).__name__, sent=sent) from failure
