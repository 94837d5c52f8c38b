"""GET /api/v1/pixel/metrics/{pipe}, by Powertools' resolver with validation and tracing, boto3 and PyJWT."""

from datetime import date
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import BadRequestError, NotFoundError
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from benchmarks.peers.metrics_tokens import sign
from benchmarks.peers.powertools_resolver.app import admit, app, enveloped, logger, metrics, tracer
from benchmarks.peers.stores import domain_of
from pixel.tinybird.catalogue import catalogue

WebsiteId = Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{1,128}$")]


@app.get("/api/v1/pixel/metrics/<pipe>")
@tracer.capture_method(capture_response=False)
def mint_metrics_token(
    pipe: str,
    website_id: WebsiteId,
    start: Annotated[date, Query(alias="from")],
    end: Annotated[date, Query(alias="to")],
) -> Response[dict[str, Any]]:
    caller, allowance = admit("pixel:read")
    if pipe not in catalogue():
        raise BadRequestError("There is no such pipe.")
    if domain_of(caller["workspace_id"], website_id) is None:
        raise NotFoundError("Unknown website.")
    logger.info("minted", workspace_id=caller["workspace_id"], pipe=pipe)
    return enveloped(200, sign(pipe, caller, website_id, start, end), allowance)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
