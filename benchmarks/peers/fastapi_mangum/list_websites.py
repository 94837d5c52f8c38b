"""GET /api/v1/pixel/websites, by FastAPI behind Mangum and boto3."""

import logging
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from mangum import Mangum

from benchmarks.peers import stores
from benchmarks.peers.fastapi_mangum.app import Caller, enveloped, require

logger = logging.getLogger()
logger.setLevel(logging.INFO)
app = FastAPI(openapi_url=None)
WebsiteId = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,128}$")]


@app.get("/api/v1/pixel/websites")
async def list_websites(request: Request, caller: Caller, website_id: WebsiteId = None) -> dict[str, Any]:
    require(caller, "pixel:read")
    websites = stores.list_websites(caller["workspace_id"], website_id)
    logger.info("listed workspace_id=%s websites=%d", caller["workspace_id"], len(websites))
    return enveloped(request, websites)


handler = Mangum(app, lifespan="off")
