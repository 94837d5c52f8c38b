"""The route of Infinity Metrics that answers numbers: how much happened on the key's website within some days."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from pixel.foundation.clock import now
from pixel.foundation.spelling import choices, nearest
from pixel.http.query import QueryParameters
from pixel.http.response import Response
from pixel.http.route import Request
from pixel.reports.responses import query_data
from pixel.reports.window import FIRST_YEAR, LAST_YEAR, read_timezone, window_of_days
from pixel.tinybird.catalogue import Pipe
from pixel.workspaces.store import require_website

METRICS: Final = ("page_views", "unique_visitors", "events")
DAYS_MAX: Final = 1830
PIPE: Final = Pipe("f_site_totals", "", {}, [], {}, [])
_START, _END, _METRICS = "start_date", "end_date", "metrics"
_DEFAULT_DAYS: Final = 30
_FIRST_DAY: Final = date(FIRST_YEAR, 1, 1)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T.+)?", re.ASCII | re.IGNORECASE)


class Question(NamedTuple):
    """What is asked of a website."""

    start: date
    end: date
    zone: tzinfo
    metrics: tuple[str, ...]


def answer_analytics(request: Request) -> Response:
    """Return the totals of the key's website."""
    asked = _read(QueryParameters(request.query, {_START, _END, _METRICS, "timezone"}))
    website_id = request.caller.only_website()
    require_website(request.caller, website_id)
    date_from, date_to = window_of_days(asked.start, asked.end, asked.zone)
    fixed = {"website_id": website_id, "date_from": date_from, "date_to": date_to}
    [totals] = query_data(request.caller, PIPE, {"workspace_id": request.caller.workspace_id, **fixed})
    period = {"start": asked.start.isoformat(), "end": asked.end.isoformat()}
    return Response({"data": {name: int(totals[name]) for name in asked.metrics}, "period": period})


def _read(parameters: QueryParameters) -> Question:
    faults = parameters.faults
    timezone = read_timezone(parameters)
    zone = ZoneInfo(timezone) if timezone else UTC
    given_start, given_end = _read_date(parameters, _START), _read_date(parameters, _END)
    metrics = _read_metrics(parameters)
    end = given_end or now().astimezone(zone).date()
    start = given_start or max(end - timedelta(days=_DEFAULT_DAYS - 1), _FIRST_DAY)
    if not faults.has(_START) and not faults.has(_END):
        if start > end:
            faults.add(_START, "invalid", f"`{_START}` must not be later than `{_END}`.")
        elif (end - start).days >= DAYS_MAX:
            faults.add(_START, "invalid", f"`{_START}` and `{_END}` must span at most {DAYS_MAX:,} days.")
    parameters.raise_faults()
    return Question(start, end, zone, metrics)


def _read_date(parameters: QueryParameters, name: str) -> date | None:
    """Return a date, or the date of an instant as it is written."""
    text = parameters.non_empty_text(name)
    if text is None:
        return None
    found = _parse(text)
    if found is None:
        form = f"must be YYYY-MM-DD, or an ISO 8601 instant, from {FIRST_YEAR} to {LAST_YEAR}."
        parameters.faults.add(name, "invalid", f"`{name}` {form}")
    return found


def _parse(text: str) -> date | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        found = datetime.fromisoformat(text.upper().replace(" ", "+")).date()  # a URL's + is a blank
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def _read_metrics(parameters: QueryParameters) -> tuple[str, ...]:
    text = parameters.non_empty_text(_METRICS)
    if text is None:
        return METRICS
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in METRICS:
            meant = nearest(name, METRICS)
            advice = f"; did you mean `{meant}`?" if meant else "."
            sentence = f"`{_METRICS}` must be {choices(METRICS)}, or several with commas between them{advice}"
            parameters.faults.add(_METRICS, "invalid", sentence)
            break
    return tuple(names)
