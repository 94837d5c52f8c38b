"""What all routes share: the resolver with validation, logger, metrics and tracer, and the count of the request."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response, content_types
from aws_lambda_powertools.event_handler.exceptions import ServiceError
from aws_lambda_powertools.metrics import MetricUnit

from benchmarks.peers.stores import Allowance, count_request

app = APIGatewayRestResolver(enable_validation=True)
logger = Logger()
metrics = Metrics()
tracer = Tracer()


def admit(scope: str) -> tuple[dict[str, str], Allowance]:
    caller: dict[str, str] = app.current_event["requestContext"]["authorizer"]
    allowance = count_request(caller["workspace_id"], int(caller["rate_limit"]))
    if allowance.remaining < 0:
        raise ServiceError(429, "Wait for the next minute.")
    if scope not in caller["scopes"].split():
        raise ServiceError(403, f"This route requires the scope {scope}.")
    metrics.add_metric(name="Requests", unit=MetricUnit.Count, value=1)
    return caller, allowance


def enveloped(status: int, data: object, allowance: Allowance) -> Response[dict[str, Any]]:
    request_id = app.current_event["requestContext"]["requestId"]
    body = {"data": data, "meta": {"request_id": f"req_{request_id}"}}
    return Response(status, content_types.APPLICATION_JSON, body, headers={**allowance.headers()})
