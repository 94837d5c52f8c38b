"""POST /api/v1/pixel/events, by FastAPI behind Mangum, boto3 and the urllib3 that comes with it."""

import logging
import os
from typing import Annotated, Any

import urllib3
from fastapi import Body, FastAPI, HTTPException, Request
from mangum import Mangum

from benchmarks.peers.completed_rows import complete
from benchmarks.peers.event_bodies import Event
from benchmarks.peers.fastapi_mangum.app import Caller, enveloped, require
from benchmarks.peers.stores import known_domain_of, read_secret

logger = logging.getLogger()
logger.setLevel(logging.INFO)
app = FastAPI(openapi_url=None)
_http = urllib3.PoolManager(timeout=urllib3.Timeout(connect=2, read=3), retries=False)


@app.post("/api/v1/pixel/events", status_code=202)
async def ingest_event(request: Request, caller: Caller, event: Annotated[Event, Body()]) -> dict[str, Any]:
    require(caller, "pixel:write")
    domain = known_domain_of(caller["workspace_id"], event.website_id)
    if domain is None:
        raise HTTPException(404)
    identity, datasource, row = complete(event, caller["workspace_id"], domain)
    answer = _http.request(
        "POST",
        f"{os.environ['PIXEL_TINYBIRD_URL']}/v0/events?name={datasource}",
        body=row.encode(),
        headers={"Authorization": f"Bearer {read_secret('tinybird-ingest-token')}"},
    )
    if answer.status >= 300 or answer.json()["quarantined_rows"]:
        raise HTTPException(503)
    logger.info("accepted workspace_id=%s datasource=%s", caller["workspace_id"], datasource)
    ids = {"event_id": identity.event_id, "visitor_id": identity.visitor_id}
    return enveloped(request, {**ids, "status": "accepted", "datasource": datasource})


handler = Mangum(app, lifespan="off")
