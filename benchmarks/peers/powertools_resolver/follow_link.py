"""GET /{slug}, by Powertools' resolver with tracing, and boto3."""

import hashlib
import hmac
import json
import secrets
import time
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from benchmarks.peers import link_stores
from benchmarks.peers.powertools_resolver.app import app, logger, metrics, tracer
from benchmarks.peers.stores import read_secret
from pixel.events.enrichment.bots import verdict_of
from pixel.events.enrichment.columns import Page, enrich
from pixel.events.enrichment.continents import continent_of

_NOT_PASSED_ON = {"qr", "lw_cid"}
_HEADERS = {
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


@app.get("/<slug>")
@tracer.capture_method(capture_response=False)
def follow_link(slug: str) -> Response[str]:
    link = link_stores.find_link(slug)
    if link is None or not link["enabled"]:
        raise NotFoundError("There is no such link.")
    given = {
        name: values
        for name, values in (app.current_event.multi_value_query_string_parameters or {}).items()
        if name not in _NOT_PASSED_ON and not name.startswith("px_")
    }
    destination = link["destination"]
    if given:
        destination += ("&" if "?" in destination else "?") + urlencode(given, doseq=True)
    link_stores.send_click(json.dumps(_row(link, destination)))
    metrics.add_metric(name="Redirects", unit=MetricUnit.Count, value=1)
    return Response(int(link["status"]), body="", headers={"Location": destination, **_HEADERS})


def _row(link: dict[str, Any], destination: str) -> dict[str, Any]:
    event = app.current_event
    headers = {name.lower(): values[-1] for name, values in event["multiValueHeaders"].items()}
    user_agent, country = headers.get("user-agent", ""), headers.get("cloudfront-viewer-country", "")
    host, address = event["requestContext"]["domainName"], event["requestContext"]["identity"]["sourceIp"]
    verdict = verdict_of(user_agent)
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    page = Page(url=destination, referrer=headers.get("referer", ""), user_agent=user_agent)
    hashed = f"{link['workspace_id']}\0{address}\0{user_agent}".encode()
    return {
        **enrich(page, own_host=host),
        "workspace_id": link["workspace_id"],
        "link_id": link["link_id"],
        "click_id": _click_id(link["link_id"]),
        "timestamp": now,
        "received_at": now,
        "domain": host,
        "code": link["code"],
        "destination_host": destination.split("/")[2],
        "tags": link["tags"],
        "status": int(link["status"]),
        "outcome": "redirected",
        "trigger": "qr" if (event["queryStringParameters"] or {}).get("qr") == "1" else "link",
        "visitor_hash": hmac.new(link_stores.salt_of_today(), hashed, hashlib.sha256).hexdigest()[:32],
        "country": country,
        "continent": continent_of(country),
        "language": headers.get("accept-language", "").split(",")[0],
        "is_bot": int(bool(verdict.reason)),
        "bot_reason": verdict.reason,
    }


def _click_id(link_id: str) -> str:
    content = link_id.encode() + int(time.time() * 1000).to_bytes(6) + secrets.token_bytes(6)
    signed = hmac.new(read_secret("links-secret").encode(), content, hashlib.sha256).digest()[:10]
    return f"clk_{urlsafe_b64encode(content + signed).decode()}"


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
