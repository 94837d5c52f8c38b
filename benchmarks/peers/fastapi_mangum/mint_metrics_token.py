"""GET /api/v1/pixel/metrics/{pipe}, by FastAPI behind Mangum, boto3 and PyJWT."""

import logging
from datetime import date
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query, Request
from mangum import Mangum
from pydantic import BaseModel, Field

from benchmarks.peers.fastapi_mangum.app import Caller, enveloped, require
from benchmarks.peers.metrics_tokens import sign
from benchmarks.peers.stores import domain_of
from pixel.tinybird.catalogue import catalogue

logger = logging.getLogger()
logger.setLevel(logging.INFO)
app = FastAPI(openapi_url=None)


class Asked(BaseModel):
    website_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")
    start: date = Field(alias="from")
    end: date = Field(alias="to")


@app.get("/api/v1/pixel/metrics/{pipe}")
async def mint_metrics_token(
    request: Request, caller: Caller, pipe: str, asked: Annotated[Asked, Query()]
) -> dict[str, Any]:
    require(caller, "pixel:read")
    if pipe not in catalogue():
        raise HTTPException(400)
    if domain_of(caller["workspace_id"], asked.website_id) is None:
        raise HTTPException(404)
    logger.info("minted workspace_id=%s pipe=%s", caller["workspace_id"], pipe)
    return enveloped(request, sign(pipe, caller, asked.website_id, asked.start, asked.end))


handler = Mangum(app, lifespan="off")
