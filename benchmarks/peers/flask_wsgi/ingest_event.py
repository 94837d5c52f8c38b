"""POST /api/v1/pixel/events, by Flask behind apig-wsgi, boto3 and requests."""

import logging
import os
from typing import Any

import requests
from apig_wsgi import make_lambda_handler
from flask import Flask, abort, request
from pydantic import TypeAdapter, ValidationError

from benchmarks.peers.completed_rows import complete
from benchmarks.peers.event_bodies import Event
from benchmarks.peers.flask_wsgi.app import admit, enveloped
from benchmarks.peers.stores import known_domain_of, read_secret

logger = logging.getLogger()
logger.setLevel(logging.INFO)
app = Flask(__name__)
_http = requests.Session()
_event: TypeAdapter[Event] = TypeAdapter(Event)


@app.post("/api/v1/pixel/events")
def ingest_event() -> tuple[dict[str, Any], int, dict[str, str]]:
    caller, allowance = admit("pixel:write")
    try:
        event = _event.validate_python(request.get_json())
    except ValidationError:
        abort(400)
    domain = known_domain_of(caller["workspace_id"], event.website_id)
    if domain is None:
        abort(404)
    identity, datasource, row = complete(event, caller["workspace_id"], domain)
    answer = _http.post(
        f"{os.environ['PIXEL_TINYBIRD_URL']}/v0/events",
        params={"name": datasource},
        data=row.encode(),
        headers={"Authorization": f"Bearer {read_secret('tinybird-ingest-token')}"},
        timeout=(2, 3),
    )
    if answer.status_code >= 300 or answer.json()["quarantined_rows"]:
        abort(503)
    logger.info("accepted workspace_id=%s datasource=%s", caller["workspace_id"], datasource)
    ids = {"event_id": identity.event_id, "visitor_id": identity.visitor_id}
    return enveloped({**ids, "status": "accepted", "datasource": datasource}), 202, allowance.headers()


handler = make_lambda_handler(app)
