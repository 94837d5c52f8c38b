"""GET /api/v1/pixel/websites, by Powertools' resolver with validation and tracing, and boto3."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from benchmarks.peers import stores
from benchmarks.peers.powertools_resolver.app import admit, app, enveloped, logger, metrics, tracer

WebsiteId = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,128}$")]


@app.get("/api/v1/pixel/websites")
@tracer.capture_method(capture_response=False)
def list_websites(website_id: WebsiteId = None) -> Response[dict[str, Any]]:
    caller, allowance = admit("pixel:read")
    websites = stores.list_websites(caller["workspace_id"], website_id)
    logger.info("listed", workspace_id=caller["workspace_id"], websites=len(websites))
    return enveloped(200, websites, allowance)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
