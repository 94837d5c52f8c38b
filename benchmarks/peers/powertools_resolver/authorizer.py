"""The authorizer, by Powertools' data classes, logger, metrics and tracer, and boto3."""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.data_classes import event_source
from aws_lambda_powertools.utilities.data_classes.api_gateway_authorizer_event import (
    APIGatewayAuthorizerRequestEvent,
    APIGatewayAuthorizerResponse,
)
from aws_lambda_powertools.utilities.typing import LambdaContext

from benchmarks.peers import stores
from benchmarks.peers.powertools_resolver.app import logger, metrics, tracer

_SHAPE = re.compile(r"pixel_(?:live|test)_[0-9A-Za-z]{49}")


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
@event_source(data_class=APIGatewayAuthorizerRequestEvent)
def handler(event: APIGatewayAuthorizerRequestEvent, _context: LambdaContext) -> dict[str, Any]:
    arn = event.parsed_arn
    key = event.headers.get("Authorization", "").removeprefix("Bearer ")
    record = stores.find_key(hashlib.sha256(key.encode()).hexdigest()) if _SHAPE.fullmatch(key) else None
    policy = APIGatewayAuthorizerResponse(
        principal_id=record["key_id"] if record else "unknown",
        region=arn.region,
        aws_account_id=arn.aws_account_id,
        api_id=arn.api_id,
        stage=arn.stage,
        context=_context_of(record) if record else {"error_code": "invalid_api_key"},
        usage_identifier_key=record["usage_plan_key"] if record else None,
    )
    if record is None or _has_ended(record):
        policy.deny_all_routes()
    else:
        policy.allow_all_routes()
        logger.info("allowed", workspace_id=record["workspace_id"], key_id=record["key_id"])
    return policy.asdict()


def _has_ended(record: dict[str, Any]) -> bool:
    expires_at = record["expires_at"]
    has_expired = expires_at is not None and datetime.fromisoformat(expires_at) <= datetime.now(UTC)
    return record["revoked_at"] is not None or has_expired


def _context_of(record: dict[str, Any]) -> dict[str, str]:
    return {
        **{name: str(record[name]) for name in ("workspace_id", "key_id", "name", "rate_limit")},
        "scopes": " ".join(record["scopes"]),
        "expires_at": record["expires_at"] or "",
        "website_ids": "*" if record.get("website_ids") is None else " ".join(record["website_ids"]),
        "limits": " ".join(f"{name}={limit[0]}/{limit[1]}" for name, limit in record.get("limits", {}).items()),
        "kind": record.get("kind", "secret"),
    }
