"""GET /api/v1/pixel/metrics/{pipe}, by Flask behind apig-wsgi, boto3 and PyJWT."""

import logging
import re
from datetime import date
from typing import Any

from apig_wsgi import make_lambda_handler
from flask import Flask, abort, request

from benchmarks.peers.flask_wsgi.app import admit, enveloped
from benchmarks.peers.metrics_tokens import sign
from benchmarks.peers.stores import domain_of
from pixel.tinybird.catalogue import catalogue

logger = logging.getLogger()
logger.setLevel(logging.INFO)
app = Flask(__name__)
_WEBSITE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


@app.get("/api/v1/pixel/metrics/<pipe>")
def mint_metrics_token(pipe: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    caller, allowance = admit("pixel:read")
    website_id = request.args["website_id"]
    try:
        start, end = date.fromisoformat(request.args["from"]), date.fromisoformat(request.args["to"])
    except ValueError:
        abort(400)
    if pipe not in catalogue() or not _WEBSITE_ID.fullmatch(website_id):
        abort(400)
    if domain_of(caller["workspace_id"], website_id) is None:
        abort(404)
    logger.info("minted workspace_id=%s pipe=%s", caller["workspace_id"], pipe)
    return enveloped(sign(pipe, caller, website_id, start, end)), 200, allowance.headers()


handler = make_lambda_handler(app)
