"""GET /api/v1/pixel/websites, by Flask behind apig-wsgi and boto3."""

import logging
import re
from typing import Any

from apig_wsgi import make_lambda_handler
from flask import Flask, abort, request

from benchmarks.peers import stores
from benchmarks.peers.flask_wsgi.app import admit, enveloped

logger = logging.getLogger()
logger.setLevel(logging.INFO)
app = Flask(__name__)
_WEBSITE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


@app.get("/api/v1/pixel/websites")
def list_websites() -> tuple[dict[str, Any], int, dict[str, str]]:
    caller, allowance = admit("pixel:read")
    website_id = request.args.get("website_id")
    if website_id is not None and not _WEBSITE_ID.fullmatch(website_id):
        abort(400)
    websites = stores.list_websites(caller["workspace_id"], website_id)
    logger.info("listed workspace_id=%s websites=%d", caller["workspace_id"], len(websites))
    return enveloped(websites), 200, allowance.headers()


handler = make_lambda_handler(app)
