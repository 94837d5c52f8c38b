"""The route of Infinity Metrics that answers numbers: how much happened on the key's website within some days."""

from datetime import UTC, date, tzinfo
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from pixel.foundation.spelling import choices, nearest
from pixel.http.query import QueryParameters
from pixel.http.response import Response
from pixel.http.route import Request
from pixel.reports.days import DayParameters
from pixel.reports.responses import query_data
from pixel.reports.window import read_timezone, window_of_days
from pixel.tinybird.catalogue import Pipe
from pixel.workspaces.website_lookup import require_website

METRICS: Final = ("page_views", "unique_visitors", "events")
PIPE: Final = Pipe("f_site_totals", "", {}, [], {}, [])
_METRICS = "metrics"
_DAYS: Final = DayParameters("start_date", "end_date", default_days=30, takes_instants=True)


class Question(NamedTuple):
    """What is asked of a website."""

    start: date
    end: date
    zone: tzinfo
    metrics: tuple[str, ...]


def answer_analytics(request: Request) -> Response:
    """Return the totals of the key's website."""
    asked = _read(QueryParameters(request.query, {_DAYS.first, _DAYS.last, _METRICS, "timezone"}))
    website_id = request.caller.only_website()
    require_website(request.caller, website_id)
    date_from, date_to = window_of_days(asked.start, asked.end, asked.zone)
    fixed = {"website_id": website_id, "date_from": date_from, "date_to": date_to}
    [totals] = query_data(request.caller, PIPE, {"workspace_id": request.caller.workspace_id, **fixed})
    period = {"start": asked.start.isoformat(), "end": asked.end.isoformat()}
    return Response({"data": {name: int(totals[name]) for name in asked.metrics}, "period": period})


def _read(parameters: QueryParameters) -> Question:
    timezone = read_timezone(parameters)
    zone = ZoneInfo(timezone) if timezone else UTC
    start, end = _DAYS.read(parameters, zone)
    metrics = _read_metrics(parameters)
    parameters.raise_faults()
    return Question(start, end, zone, metrics)


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
