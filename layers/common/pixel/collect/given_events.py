"""The events in a request of a browser: what it may say itself, and what the request says of all of them."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pixel.events.enrichment.bots import NO_LANGUAGE, WEBDRIVER
from pixel.events.models import IDENTIFY, AnyCollected, read_collected
from pixel.foundation.clock import epoch_seconds, is_instant, read_instant
from pixel.foundation.errors import ApiError, ErrorCode, FieldErrors, field_error
from pixel.http.public_route import PublicRequest

BODY_BYTES_MAX: Final = 16 * 1024
EVENTS_MAX: Final = 20
FIELDS: Final = ("k", "e", "w")
"""Of a body: the key, the events, and 1 if a program drives the browser."""

_CLOCK_MS: Final = 600_000
"""How far the clock of a browser may be off. Events with other times have that of their receipt."""
_NOT_FROM_BROWSERS: Final = ("website_id", "user_agent", "country", "region", "city", "device", "browser", "os")
_NOT_OF_IDENTIFY: Final = ("event_id", "timestamp")
_USER_AGENT_CHARACTERS_MAX: Final = 1024


class Envelope(NamedTuple):
    """A body: the key, and events that are not yet checked."""

    key: object
    events: list[Any]
    is_driven: bool


def read_envelope(body: Any) -> Envelope:
    """Return the parts of a body. Raises `invalid_body`, or `payload_too_large` if it has too many events."""
    if not isinstance(body, dict):
        raise field_error(ErrorCode.INVALID_BODY, "body", "wrong_type", "The body must be a JSON object.")
    faults = FieldErrors()
    for name in body:
        if name not in FIELDS:
            faults.add_unknown(name, FIELDS, "a field of this body")
    events = body.get("e")
    if not isinstance(body.get("k"), str):
        faults.add("k", "missing", "`k` must be a publishable key.")
    if not isinstance(events, list) or not events:
        faults.add("e", "missing", "`e` must be an array of at least one event.")
    faults.raise_any(ErrorCode.INVALID_BODY)
    assert isinstance(events, list)  # noqa: S101 - or there is a fault
    if len(events) > EVENTS_MAX:
        raise ApiError(ErrorCode.PAYLOAD_TOO_LARGE, details={"limit_events": EVENTS_MAX})
    return Envelope(body["k"], events, body.get("w") in (1, True))


def user_agent_of(request: PublicRequest) -> str:
    """Return the user agent as a row can hold it."""
    text = (request.header("user-agent") or "")[:_USER_AGENT_CHARACTERS_MAX]
    return text if text.isascii() and text.isprintable() else "".join(filter(str.isprintable, text))


def bot_reason_of(request: PublicRequest, envelope: Envelope) -> str:
    """Return why a request is a bot's although its user agent may not be, or an empty text."""
    if envelope.is_driven:
        return WEBDRIVER
    return "" if (request.header("accept-language") or "").strip() else NO_LANGUAGE


def completed(given: Any, known: Mapping[str, str], *, has_own_visitor: bool) -> Any:
    """Return an event with what is known of its sender. Raises `invalid_body` if it says that itself.

    Unless `has_own_visitor`, the id of a visitor is ignored: a script that was loaded before the website left the
    cookie mode still sends one, and its events count all the same.
    """
    if not isinstance(given, dict):
        return given
    if not has_own_visitor and "visitor_id" in given:
        given = {name: value for name, value in given.items() if name != "visitor_id"}
    faults = FieldErrors()
    for name in _NOT_FROM_BROWSERS:
        if name in given:
            faults.add_unknown(name, (), "a field of an event from a browser")
    faults.raise_any(ErrorCode.INVALID_BODY)
    if given.get("name") == IDENTIFY:
        own = {name: value for name, value in given.items() if name not in _NOT_OF_IDENTIFY}
        return {**own, **{name: known[name] for name in ("website_id", "visitor_id") if given.get(name) is None}}
    found = {**known, **{name: value for name, value in given.items() if name != "visitor_id" or value is not None}}
    if not _is_near(found.get("timestamp")):
        del found["timestamp"]
    return found


def read(given: Any) -> AnyCollected:
    """Return the checked event. Raises ApiError with all errors."""
    return read_collected(given)


def _is_near(timestamp: Any) -> bool:
    """Return whether a time is near this moment, or none at all, which the check of the field then says."""
    if isinstance(timestamp, str) and is_instant(timestamp):
        try:
            timestamp = int(read_instant(timestamp).timestamp() * 1000)
        except (ValueError, OverflowError):
            return True
    if isinstance(timestamp, bool) or not isinstance(timestamp, int):
        return True
    return abs(timestamp - int(epoch_seconds() * 1000)) <= _CLOCK_MS
