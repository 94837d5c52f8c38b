"""Requests that send a single event, a batch or an identify, and their responses."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pixel.events.digests import digest_of_external_id
from pixel.events.models import (
    EVENT_BYTES_MAX,
    EVENTS_MAX,
    Event,
    Identify,
    is_too_large,
    read_event,
    read_event_or_identify,
    read_identify,
)
from pixel.foundation import JsonObject
from pixel.foundation.errors import ApiError, ErrorCode, FieldErrors, field_error
from pixel.http.request_bodies import (
    IDEMPOTENCY_KEY,
    JSON,
    NDJSON,
    InvalidJsonError,
    idempotency_key,
    parse_json,
    parsed,
    read_body,
    read_json,
    too_large,
    unreadable,
)
from pixel.http.response import Response, error_body
from pixel.http.route import Request
from pixel.ingest.delivery import BATCH_SECONDS, EVENT_SECONDS
from pixel.ingest.event import ACCEPTED, DUPLICATE, QUEUED, REJECTED, IncomingEvent, Result
from pixel.ingest.pipeline import ingest
from pixel.tinybird import IDENTITIES

_BATCH_BYTES_MAX = 4 * 1024 * 1024
_OPERATOR_ERRORS = {ErrorCode.TINYBIRD_ERROR, ErrorCode.INGEST_UNAVAILABLE}


class _Entry(NamedTuple):
    """An event of a batch, or the error that prevented reading it."""

    event: Any = None
    error: ApiError | None = None


def ingest_event(request: Request) -> Response:
    """Ingest a single event."""
    given = with_idempotency_key(request, read_json(request, bytes_max=EVENT_BYTES_MAX))
    [result] = ingest([_incoming(request, given)], seconds=EVENT_SECONDS)
    if result.error is not None:
        raise result.error
    return Response(_ids(result) | {"status": result.status, "datasource": result.datasource}, status=202)


def ingest_batch(request: Request) -> Response:
    """Ingest a batch, in which each event has its own result."""
    if request.header(IDEMPOTENCY_KEY) is not None:
        raise field_error(
            ErrorCode.INVALID_BODY,
            "Idempotency-Key",
            "unknown",
            "A batch does not accept an Idempotency-Key; give each event its own `event_id`.",
        )
    body = read_body(request, media_types={JSON, NDJSON}, bytes_max=_BATCH_BYTES_MAX)
    entries = list(_lines(body.text) if body.media_type == NDJSON else _events(parsed(body.text)))
    if not entries:
        raise field_error(ErrorCode.INVALID_BODY, "events", "missing", "A batch must have at least one event.")
    if len(entries) > EVENTS_MAX:
        raise ApiError(ErrorCode.PAYLOAD_TOO_LARGE, details={"limit_events": EVENTS_MAX})
    results = _ingest_readable(request, entries)
    errors = {result.error.error for result in results if result.error is not None}
    if all(result.status == REJECTED for result in results) and errors <= _OPERATOR_ERRORS:
        raise next(result.error for result in results if result.error is not None)
    return Response(_summary(results), status=202)


def ingest_identify(request: Request) -> Response:
    """Ingest an identify."""
    given = _incoming(request, read_json(request, bytes_max=EVENT_BYTES_MAX), read_identify)
    [result] = ingest([given], seconds=EVENT_SECONDS)
    if result.error is not None:
        is_unavailable = result.error.error is ErrorCode.INGEST_UNAVAILABLE
        raise ApiError(ErrorCode.IDENTIFY_UNAVAILABLE) if is_unavailable else result.error
    hashed = digest_of_external_id(given.body["external_id"])
    return Response({"visitor_id": result.visitor_id, "external_id_hash": hashed, "status": result.status}, status=202)


def _incoming(request: Request, body: Any, read: Callable[[Any], Event | Identify] = read_event) -> IncomingEvent:
    return IncomingEvent(body, request.caller.workspace_id, read, website_ids=request.caller.website_ids)


def with_idempotency_key(request: Request, given: Any) -> Any:
    """Return an event with the Idempotency-Key of its request as its id, if there is one."""
    if not isinstance(given, dict) or (key := idempotency_key(request)) is None:
        return given
    if given.get("event_id") not in (None, key):
        raise field_error(
            ErrorCode.INVALID_BODY,
            "event_id",
            "invalid",
            "`event_id` and `Idempotency-Key` must be equal if both are sent.",
        )
    return {**given, "event_id": key}


def _lines(text: str) -> Iterator[_Entry]:
    for line in text.split("\n"):
        if not line.strip():
            continue
        if len(line.encode()) > EVENT_BYTES_MAX:
            yield _Entry(error=too_large(EVENT_BYTES_MAX))
            continue
        try:
            yield _Entry(parse_json(line))
        except InvalidJsonError as failure:
            yield _Entry(error=unreadable(str(failure)))


def _events(given: Any) -> Iterator[_Entry]:
    if not isinstance(given, dict) or not isinstance(given.get("events"), list):
        raise field_error(
            ErrorCode.INVALID_BODY,
            "events",
            "missing",
            'A batch must be {"events": [...]}, or one event per line as application/x-ndjson.',
        )
    faults = FieldErrors()
    for name in given:
        if name != "events":
            faults.add_unknown(name, (), "a field of a batch")
    faults.raise_any(ErrorCode.INVALID_BODY)
    for event in given["events"]:
        yield _Entry(error=too_large(EVENT_BYTES_MAX)) if is_too_large(event) else _Entry(event)


def _ingest_readable(request: Request, entries: list[_Entry]) -> list[Result]:
    readable = [_incoming(request, entry.event, read_event_or_identify) for entry in entries if entry.error is None]
    ingested = iter(ingest(readable, seconds=BATCH_SECONDS))
    return [next(ingested) if entry.error is None else Result(REJECTED, error=entry.error) for entry in entries]


def _summary(results: list[Result]) -> JsonObject:
    counted = Counter(result.status for result in results)
    return {
        **{status: counted[status] for status in (ACCEPTED, DUPLICATE, QUEUED, REJECTED)},
        "results": [
            {"index": index, "status": result.status, **_ids(result), **_error(result)}
            for index, result in enumerate(results)
        ],
    }


def _ids(result: Result) -> JsonObject:
    if result.error is not None:
        return {}
    visitor = {"visitor_id": result.visitor_id}
    return visitor if result.datasource == IDENTITIES else {"event_id": result.event_id, **visitor}


def _error(result: Result) -> JsonObject:
    return {} if result.error is None else {"error": error_body(result.error)}
