"""Made-up requests that are good by the document, made good in what a schema cannot say."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import tzdata

from pixel.faces.infinity import INFINITY
from pixel.reports.pipes_query import FIX
from tests.template.document import ROOT

_LAYER = ROOT / "layers" / "common" / "pixel"
TIME_ZONES = Path(tzdata.__file__).with_name("zones").read_text().split()
COUNTRIES = (_LAYER / "events" / "enrichment" / "reference_data" / "countries.txt").read_text().split()
CURRENCIES = (_LAYER / "foundation" / "currencies.txt").read_text().split()

_NOW = datetime.now(UTC).replace(microsecond=0)
_RECENT_YEARS = 4
_OF_EVENTS = ("/events", "/batch", "/identify", "/purchase")
_EXAMPLES = {
    "steps": "/,/pricing",
    "visitor_id": "v_1",
    "property_key": "plan",
    "country": "DE",
    "currency": "USD",
    "referrer": "google.com",
}


_OF_SHORTS = {
    "destination": "https://www.example.com/pricing",
    "title": "Pricing",
    "description": "What it costs",
    "image": "https://www.example.com/image.png",
    "favicon": "https://www.example.com/icon.png",
}
"""Fields of short links, whose schemas cannot say which addresses are good."""


def instant_of_days_ago(days: int) -> str:
    return (_NOW - timedelta(days=days)).isoformat().replace("+00:00", "Z")


def query(given: Mapping[str, Any], path: str) -> dict[str, Any]:
    # Nobody but the API can write a cursor, and what a token fixes may not be empty.
    mended = {
        name: _EXAMPLES.get(name.removeprefix(FIX)) or printable(value)
        for name, value in given.items()
        if name != "cursor" and not (name.startswith(FIX) and value == "")
    }
    for name in mended.keys() & {"from", "to"}:
        if not _is_day(mended[name]):
            del mended[name]
    if "from" in mended and "to" in mended and mended["from"][:10] >= mended["to"][:10]:
        del mended["to"]
    mended = _with_dates_in_order(mended, "start_date", "end_date")
    if path.endswith(("/short", "/insight")):  # what is not there is answered 404, and `os` and `OS` are the same
        mended = {name: value for name, value in mended.items() if name not in {"domain", "link", "OS"}}
        mended = _with_dates_in_order(mended, "datefrom", "dateto")
    if path.endswith(("/p_visitor_profile", "/p_visitor_timeline")):
        mended = {name: value for name, value in mended.items() if name != "external_id"}
        mended["visitor_id"] = _EXAMPLES["visitor_id"]
    if "pipes" in mended:
        mended["pipes"] = "p_top_pages,p_geo"
        mended.pop("visitor_id", None)  # which only reports on one visitor take
    for prefix in ("", FIX):
        if f"{prefix}property_key" not in mended:
            mended.pop(f"{prefix}property_value", None)
    # Minutes stand in place of dates, and a series may not be of any length.
    if "minutes" in mended or path.endswith("/p_metric_series"):
        mended = {name: value for name, value in mended.items() if name not in {"from", "to"}}
    return mended


def _with_dates_in_order(given: dict[str, Any], first: str, last: str) -> dict[str, Any]:
    dates = {name: _recent(given[name])[:10] for name in given.keys() & {first, last}}
    if dates.get(first, "") > dates.get(last, "9"):
        dates[first] = dates[last]
    return given | dates


def without_empty(given: Mapping[str, Any]) -> dict[str, Any]:
    """Replace empty values by one that no parameter takes, because an empty one counts as not given."""
    return {name: "\x00" if value == "" else value for name, value in given.items()}


def body(given: Mapping[str, Any], path: str, *, has_key: bool) -> Any:
    """Mend the fields of a body, and drop its event id if the Idempotency-Key gives one: both must be equal."""
    if "/short" in path:
        return {name: _OF_SHORTS[name] for name in given if name in _OF_SHORTS} or given
    if not path.endswith(_OF_EVENTS):
        return _record(given, path)
    mended = _fields(given)
    if has_key:
        mended.pop("event_id", None)
    return mended


def segment(quoted: str) -> str:
    return quote(printable(unquote(quoted)), safe="")


def printable(value: Any) -> Any:
    """Replace characters that cannot be printed, which a schema's pattern cannot exclude altogether."""
    if not isinstance(value, str):
        return value
    return "".join(character if character.isprintable() else "x" for character in value)


def _fields(given: Mapping[str, Any]) -> dict[str, Any]:
    mended = {
        name: _MENDED[name](value) if name in _MENDED and value is not None else value for name, value in given.items()
    }
    if mended.get("refund") is not True:
        mended.pop("refund_id", None)
    return mended


def _recent(value: Any) -> Any:
    if isinstance(value, int):
        return int(time.time() * 1000)
    is_recent = _is_day(value) and _NOW.year - _RECENT_YEARS <= int(value[:4]) < _NOW.year
    return value if is_recent else _NOW.isoformat()


def _listed(codes: list[str]) -> Callable[[Any], str]:
    return lambda value: value if value is None or value.upper() in codes else codes[0]


def _four_decimals(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def _record(given: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Mend the fields of a record: texts that have a form, and fields that depend on others, given or stored."""
    mended = {name: _OF_RECORDS[name](value) if name in _OF_RECORDS else value for name, value in given.items()}
    if mended.keys() & {"metric", "threshold"}:
        mended["threshold"] = 0.5
    if "/alerts" in path:
        _mend_alert(mended)
    if path.endswith("/send"):
        return {}  # to the recipients that the report has
    if "/destinations" in path and "url" in mended:
        # A name that is known without a network, and a place that answers.
        mended["url"] = "https://hooks.slack.com/services/T1" if mended.get("kind") == "slack" else "http://127.0.0.1/x"
    if "/reports" in path and mended.keys() & {"channel", "recipients"}:
        channel = mended.setdefault("channel", "slack")
        mended["recipients"] = ["ann@example.com"] if channel == "email" else ["#sales"]
    if "funnel" in (mended.get("panels") or ()) or mended.get("steps") == []:
        mended["steps"] = mended.get("steps") or ["/", "payment"]
    if mended.get("expires_at") is not None:
        mended.pop("expires_in_days", None)
    return mended


def _mend_alert(mended: dict[str, Any]) -> None:
    """Make fields fit each other; those that are stored may be of any kind, and for any channel."""
    if mended.keys() & {"kind", "direction", "metric", "threshold", "filters"}:
        mended |= {"kind": "threshold", "threshold": 0.5}
        mended["direction"] = "below" if mended.get("direction") == "below" else "above"
        given = mended.get("filters") or {}
        mended["filters"] = {name: given[name] for name in given if name not in {"goal", "currency", "property_value"}}
    if mended.keys() & {"channel", "recipients"}:
        channel = mended.setdefault("channel", "slack")
        mended["recipients"] = {"email": ["ann@example.com"], "slack": ["#sales"]}.get(channel)
    if isinstance(mended.get("clear"), float):
        mended["clear"] = round(mended["clear"], 4)
    if mended.get("quiet_hours"):
        mended["quiet_hours"] = {"from": "22:00", "to": "07:00"}
    if mended.get("snoozed_until"):
        mended["snoozed_until"] = "2090-01-01T00:00:00Z"


def _filters(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _EXAMPLES.get(name) or printable(value) for name, value in given.items()}


def _step(value: Any) -> Any:
    step = printable(value).strip() if isinstance(value, str) else value
    return f"{step}x" if isinstance(step, str) and step.endswith(":") else step


def _name(value: Any) -> Any:
    return (printable(value).strip() or "x") if isinstance(value, str) else value


def _of_one_face(scopes: Any) -> Any:
    """Leave out the scopes for one website if there are others, which no key may have beside them."""
    others = [scope for scope in scopes if scope not in INFINITY.scopes] if isinstance(scopes, list) else []
    return others or scopes


_OF_RECORDS: dict[str, Callable[[Any], Any]] = {
    "name": _name,
    "scopes": _of_one_face,
    "currency": _listed(CURRENCIES),
    "value": _four_decimals,
    "steps": lambda value: list(map(_step, value)) if isinstance(value, list) else value,
    "timezone": lambda value: value if value is None or value in TIME_ZONES else TIME_ZONES[0],
    "domain": lambda _: f"d{time.time_ns()}.example.com",
    "selector": lambda _: "/thanks*",
    **dict.fromkeys(
        (
            *("expires_in_days", "grace_seconds", "min_visitors", "ttl_seconds"),
            *("min_volume", "for", "recover", "cooldown_minutes", "weekday"),
        ),
        lambda value: value and int(value),
    ),
    "password": lambda value: printable(value) if isinstance(value, str) else value,
    "expires_at": lambda value: value and "2090-01-01T00:00:00Z",
    "filters": lambda value: _filters(value) if isinstance(value, dict) else value,
}
_MENDED: dict[str, Callable[[Any], Any]] = {
    "timestamp": _recent,
    "country": _listed(COUNTRIES),
    "currency": _listed(CURRENCIES),
    "amount": _four_decimals,
    "value": _four_decimals,
    **dict.fromkeys(("visitor_id", "session_id", "goal_name", "transaction_id", "external_id"), printable),
    "event_name": printable,
    "quantity": int,
    "price": lambda price: min(price, 1_000_000),
    "events": lambda events: [_fields(event) for event in events],
}
