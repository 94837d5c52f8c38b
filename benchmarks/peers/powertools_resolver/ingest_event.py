"""POST /api/v1/pixel/events, by Powertools' resolver with validation and tracing, boto3 and the urllib3 it brings."""

import os
from typing import Annotated, Any

import urllib3
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError, ServiceError
from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.utilities.typing import LambdaContext

from benchmarks.peers.completed_rows import complete
from benchmarks.peers.event_bodies import Event
from benchmarks.peers.powertools_resolver.app import admit, app, enveloped, logger, metrics, tracer
from benchmarks.peers.stores import known_domain_of, read_secret

_http = urllib3.PoolManager(timeout=urllib3.Timeout(connect=2, read=3), retries=False)


@app.post("/api/v1/pixel/events")
@tracer.capture_method(capture_response=False)
def ingest_event(event: Annotated[Event, Body()]) -> Response[dict[str, Any]]:
    caller, allowance = admit("pixel:write")
    domain = known_domain_of(caller["workspace_id"], event.website_id)
    if domain is None:
        raise NotFoundError("Unknown website.")
    identity, datasource, row = complete(event, caller["workspace_id"], domain)
    answer = _http.request(
        "POST",
        f"{os.environ['PIXEL_TINYBIRD_URL']}/v0/events?name={datasource}",
        body=row.encode(),
        headers={"Authorization": f"Bearer {read_secret('tinybird-ingest-token')}"},
    )
    if answer.status >= 300 or answer.json()["quarantined_rows"]:
        raise ServiceError(503, "The warehouse is not responding as expected.")
    logger.info("accepted", workspace_id=caller["workspace_id"], datasource=datasource)
    ids = {"event_id": identity.event_id, "visitor_id": identity.visitor_id}
    return enveloped(202, {**ids, "status": "accepted", "datasource": datasource}, allowance)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
