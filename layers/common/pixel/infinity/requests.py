"""The routes of Infinity Metrics that take an event or a purchase, each as one event in the core's own pipeline."""

from collections.abc import Callable
from typing import Any

from pixel.events.models import EVENT_BYTES_MAX
from pixel.foundation import JsonObject
from pixel.http.request_bodies import read_json
from pixel.http.response import Response
from pixel.http.route import Request
from pixel.infinity.events import read_event
from pixel.infinity.purchases import read_purchase
from pixel.ingest.delivery import EVENT_SECONDS
from pixel.ingest.event import IncomingEvent
from pixel.ingest.pipeline import ingest
from pixel.ingest.requests import with_idempotency_key


def ingest_site_event(request: Request) -> Response:
    """Ingest an event of the key's website."""
    return _ingest(request, read_event)


def ingest_purchase(request: Request) -> Response:
    """Ingest a purchase on the key's website."""
    return _ingest(request, read_purchase)


def _ingest(request: Request, read: Callable[[Any, str], JsonObject]) -> Response:
    given = with_idempotency_key(request, read_json(request, bytes_max=EVENT_BYTES_MAX))
    body = read(given, request.caller.only_website())
    incoming = IncomingEvent(body, request.caller.workspace_id, website_ids=request.caller.website_ids)
    [result] = ingest([incoming], seconds=EVENT_SECONDS)
    if result.error is not None:
        raise result.error
    kept = {"event_id": result.event_id, "visitor_id": result.visitor_id, "status": result.status}
    return Response({"success": True, **kept})
