"""Made-up requests that are good by the document, made good in what a schema cannot say."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import tzdata

from pixel.reports.pipes_query import FIX
from tests.template.document import ROOT

_LAYER = ROOT / "layers" / "common" / "pixel"
TIME_ZONES = Path(tzdata.__file__).with_name("zones").read_text().split()
COUNTRIES = (_LAYER / "events" / "enrichment" / "reference_data" / "countries.txt").read_text().split()
CURRENCIES = (_LAYER / "foundation" / "currencies.txt").read_text().split()

_NOW = datetime.now(UTC).replace(microsecond=0)
_RECENT_YEARS = 4
_EXAMPLES = {
    "steps": "/,/pricing",
    "visitor_id": "v_1",
    "property_key": "plan",
    "country": "DE",
    "currency": "USD",
    "referrer": "google.com",
}


def instant_of_days_ago(days: int) -> str:
    return (_NOW - timedelta(days=days)).isoformat().replace("+00:00", "Z")


def query(given: Mapping[str, Any], path: str) -> dict[str, Any]:
    mended = {name: _EXAMPLES.get(name.removeprefix(FIX)) or printable(value) for name, value in given.items()}
    for name in mended.keys() & {"from", "to"}:
        if not _is_day(mended[name]):
            del mended[name]
    if "from" in mended and "to" in mended and mended["from"][:10] >= mended["to"][:10]:
        del mended["to"]
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


def body(given: Mapping[str, Any], *, has_key: bool) -> Any:
    """Mend the fields of a body, and drop its event id if the Idempotency-Key gives one: both must be equal."""
    if _is_of_record(given):
        return _record(given)
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
    return {
        name: _MENDED[name](value) if name in _MENDED and value is not None else value for name, value in given.items()
    }


def _recent(value: Any) -> Any:
    if isinstance(value, int):
        return int(time.time() * 1000)
    is_recent = _is_day(value) and _NOW.year - _RECENT_YEARS <= int(value[:4]) < _NOW.year
    return value if is_recent else _NOW.isoformat()


def _listed(codes: list[str]) -> Callable[[Any], str]:
    return lambda value: value if value.upper() in codes else codes[0]


def _four_decimals(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def _is_of_record(given: Mapping[str, Any]) -> bool:
    return bool(given.keys() & _RECORD_FIELDS)


def _record(given: Mapping[str, Any]) -> dict[str, Any]:
    """Mend the fields of a record: texts that have a form, and fields that depend on each other."""
    mended = {name: _OF_RECORDS[name](value) if name in _OF_RECORDS else value for name, value in given.items()}
    if mended.get("metric", "bounce_rate") == "bounce_rate" and "threshold" in mended:
        mended["threshold"] = 0.5
    if "recipients" in mended:
        mended["recipients"] = ["ann@example.com"] if mended.get("channel") == "email" else ["#sales"]
    if mended.get("expires_at") is not None:
        mended.pop("expires_in_days", None)
    return mended


def _name(value: Any) -> Any:
    return (printable(value).strip() or "x") if isinstance(value, str) else value


_OF_RECORDS: dict[str, Callable[[Any], Any]] = {
    "name": _name,
    "domain": lambda _: f"d{time.time_ns()}.example.com",
    "selector": lambda _: "/thanks*",
    "threshold": lambda _: 5,
    "password": lambda value: printable(value) if isinstance(value, str) else value,
    "expires_at": lambda value: value and "2090-01-01T00:00:00Z",
}
_RECORD_FIELDS = {
    "domain",
    "selector",
    "threshold",
    "cadence",
    "expires_at",
    "expires_in_days",
    "password",
    "recipients",
}
_MENDED: dict[str, Callable[[Any], Any]] = {
    "timestamp": _recent,
    "country": _listed(COUNTRIES),
    "currency": _listed(CURRENCIES),
    "amount": _four_decimals,
    "value": _four_decimals,
    **dict.fromkeys(("visitor_id", "session_id", "goal_name", "transaction_id", "external_id"), printable),
    "events": lambda events: [_fields(event) for event in events],
}
