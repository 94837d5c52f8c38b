"""The route that browsers send events to: rows are made at once and queued, and Tinybird is not asked.

What is not kept is in the answer with its reason. No claim is taken: a script makes up the ids of its events, and the
pipes count each of them once.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from pixel.auth import key_use
from pixel.auth.caller import Caller
from pixel.aws import queues
from pixel.aws.json_service import AwsError
from pixel.aws.queues import NotSentError
from pixel.collect import limits
from pixel.collect.given_events import (
    BODY_BYTES_MAX,
    Envelope,
    bot_reason_of,
    completed,
    read,
    read_envelope,
    user_agent_of,
)
from pixel.collect.known_keys import Sender, find_sender
from pixel.collect.origins import require_allowed
from pixel.collect.places import Place, place_of
from pixel.collect.visitors import visitor_of_day
from pixel.events.models import Payment
from pixel.foundation import JsonObject
from pixel.foundation.errors import ApiError, ErrorCode, LoggableError, field_error
from pixel.foundation.observability import count, describe, logger
from pixel.foundation.settings import settings
from pixel.http.public_route import PublicRequest
from pixel.http.request_bodies import JSON, read_json
from pixel.http.response import Response
from pixel.ingest import spill
from pixel.ingest.claims import derived_id, is_taken
from pixel.ingest.event import IncomingEvent, PendingEvent, read_pending

TEXT: Final = "text/plain"
_NO_PAYMENTS: Final = "`name` must not be payment: this key may not send payments; send them from a server."
_RETRY_AFTER = {"Retry-After": "5"}


class _Row(NamedTuple):
    datasource: str
    text: str


class _Request(NamedTuple):
    """What all events of a request have in common."""

    sender: Sender
    known: dict[str, str]
    visitor_at: Callable[[int], str]  # at a moment
    bot_reason: str


def collect(request: PublicRequest) -> Response:
    """Queue the events of a browser, and say which were not kept and why."""
    body = read_json(request, bytes_max=BODY_BYTES_MAX, media_types=(JSON, TEXT))
    envelope = read_envelope(body)
    try:
        sender = find_sender(envelope.key)
        require_allowed(sender, request.header("origin"), request.header("referer"))
        place = place_of(request, sender.key)
        limits.take(sender, place.address, len(envelope.events))
        rows, dropped = _rows_of(_common(request, envelope, sender, place), envelope.events)
        _queue(rows)
    except (AwsError, NotSentError) as failure:
        logger.error("events of a browser could not be kept", reason=str(failure))
        raise ApiError(ErrorCode.COLLECT_UNAVAILABLE, headers=_RETRY_AFTER) from failure
    count("EventsCollected", len(rows))
    count("EventsDropped", len(dropped))
    key_use.record_use(Caller.of(sender.key))
    return Response({"accepted": len(rows), "dropped": dropped}, status=202)


def _common(request: PublicRequest, envelope: Envelope, sender: Sender, place: Place) -> _Request:
    user_agent = user_agent_of(request)
    places = {"country": place.country, "region": place.region, "city": place.city}
    known = {
        "website_id": sender.website_id,
        "visitor_id": visitor_of_day(sender, place.address, user_agent),
        "user_agent": user_agent,
        **{name: value for name, value in places.items() if value},
    }
    visitor_at = partial(visitor_of_day, sender, place.address, user_agent)
    return _Request(sender, known, visitor_at, bot_reason_of(request, envelope))


def _rows_of(common: _Request, events: Sequence[Any]) -> tuple[list[_Row], list[JsonObject]]:
    rows: list[_Row] = []
    dropped: list[JsonObject] = []
    for index, given in enumerate(events):
        try:
            rows.append(_row_of(common, given))
        except ApiError as refusal:
            dropped.append({"index": index, "reason": refusal.error.code, **(refusal.details or {})})
    return rows, dropped


def _row_of(common: _Request, given: Any) -> _Row:
    """Return the row of an event. Raises ApiError; an unexpected failure is one of this event alone."""
    try:
        pending = _pending(common, given)
        pending.bot_reason = common.bot_reason
        return _Row(pending.datasource, pending.row)
    except (ApiError, LoggableError):
        raise
    except Exception as failure:
        logger.error("event of a browser could not be read", extra=describe(failure))
        raise ApiError(ErrorCode.INTERNAL_ERROR) from failure


def _pending(common: _Request, given: Any) -> PendingEvent:
    key, website = common.sender.key, common.sender.website
    body = completed(given, common.known, has_own_visitor=website.is_in_cookie_mode)
    incoming = IncomingEvent(body, key.workspace_id, read, website_ids=(common.sender.website_id,))
    pending = read_pending(incoming)
    if pending.identity.visitor_id == common.known["visitor_id"]:
        visitor_id = common.visitor_at(pending.identity.timestamp_ms)
        pending.identity = pending.identity._replace(visitor_id=visitor_id)
    if isinstance(pending.event, Payment):
        if not key.payments:
            raise field_error(ErrorCode.INVALID_BODY, "name", "not_allowed", _NO_PAYMENTS)
        if pending.event.transaction_id is not None:
            return _unless_reported(pending)
    if isinstance(body.get("event_id"), str):
        # Ids of browsers are apart from those of servers, so that no page can take the place of another event.
        row_id = derived_id(f"{key.workspace_id}#{common.sender.website_id}#browser#{body['event_id']}")
        pending.identity = pending.identity._replace(event_id=row_id)
    return pending


def _unless_reported(pending: PendingEvent) -> PendingEvent:
    """Return a payment, whose row is that of its transaction, unless a server has reported it.

    The transaction is not claimed: a server that reports it later is believed, and its row is the one that counts.
    """
    if any(is_taken(claim.claim) for claim in pending.claims):
        raise ApiError(ErrorCode.IDEMPOTENCY_CONFLICT)
    return pending


def _queue(rows: Sequence[_Row]) -> None:
    """Put the rows into the queue, in a message for each datasource. Raises NotSentError."""
    datasources = dict.fromkeys(row.datasource for row in rows)
    bodies = [
        body
        for datasource in datasources
        for body in spill.messages_of(datasource, [row.text for row in rows if row.datasource == datasource])
    ]
    if bodies:
        queues.send(settings().collect_queue_url, bodies)
