"""GET /api/v1/share/data: the numbers that a session may see."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pixel.auth import reader_limits
from pixel.auth.reader_limits import MINUTE, Limit
from pixel.dashboard.asked import METRICS, Asked
from pixel.dashboard.few_visitors import TooFewVisitorsError, require_enough
from pixel.dashboard.opened import opened
from pixel.dashboard.periods import read_period
from pixel.dashboard.questions import Answers, UnansweredError
from pixel.dashboard.sessions import read_session
from pixel.dashboard.share_lookup import Dashboard, dashboard_of
from pixel.dashboard.views import VIEWS
from pixel.events.filters import DASHBOARD_FILTERS, read_filter
from pixel.foundation.clock import epoch_seconds, iso_of_epoch
from pixel.foundation.errors import ApiError, ErrorCode, FieldErrors
from pixel.http.conditional import tagged
from pixel.http.front import reader_id
from pixel.http.public_route import PublicRequest
from pixel.http.query import QueryParameters
from pixel.http.response import RawJson, Response
from pixel.reports.window import read_timezone

FILTER: Final = "f."
ROWS: Final = 9
ROWS_MAX: Final = 100
TOO_FEW_VISITORS: Final = "too_few_visitors"
_DATA_OF_DASHBOARD: Final = Limit("data", 120, MINUTE)
_DATA_OF_ADDRESS: Final = Limit("data_address", 60, MINUTE)
_KNOWN = {
    *("panels", "period", "compare", "timezone", "metric", "from", "to", "limit"),
    *(f"{FILTER}{name}" for name in DASHBOARD_FILTERS),
}


def data_response(request: PublicRequest) -> Response:
    """Return the views that a reader asks for, or what the dashboard shares if it asks for none."""
    session = read_session(request.header("authorization"))
    reader_limits.take(_DATA_OF_ADDRESS, reader_id(request))
    reader_limits.take(_DATA_OF_DASHBOARD, session.id)
    dashboard = dashboard_of(session)
    parameters = QueryParameters(request.query, _KNOWN)
    views = _read_views(parameters)
    asked = _read_asked(request, parameters, dashboard)
    _require_shared(views, dashboard)
    if not views:
        return _revalidated(request, opened(dashboard, session))
    return _revalidated(request, _data(views, asked))


def _read_views(parameters: QueryParameters) -> list[str]:
    text = parameters.text("panels")
    views = list(dict.fromkeys(name.strip() for name in text.split(","))) if text else []
    if any(view not in VIEWS for view in views):
        sentence = f"`panels` must be some of {', '.join(VIEWS)}, with commas between them."
        parameters.faults.add("panels", "invalid", sentence)
    return views


def _read_asked(request: PublicRequest, parameters: QueryParameters, dashboard: Dashboard) -> Asked:
    timezone = read_timezone(parameters) or dashboard.timezone
    period = read_period(parameters, dashboard.periods, timezone)
    metric = parameters.choice("metric", tuple(METRICS)) or next(iter(METRICS))
    limit = parameters.integer("limit", 1, ROWS_MAX) or ROWS
    filters = _read_filters(request.query, parameters.faults)
    parameters.raise_faults()
    assert period is not None  # noqa: S101 - there would be a fault
    return Asked(dashboard, period, filters, metric, limit)


def _read_filters(given: Mapping[str, Sequence[str]], faults: FieldErrors) -> dict[str, str]:
    """Return the reader's filters, normalized as those of reports; empty ones are none."""
    named = {name.removeprefix(FILTER): values for name, values in given.items() if name.startswith(FILTER)}
    named = {name: values for name, values in named.items() if name in DASHBOARD_FILTERS}
    parameters = QueryParameters(named, DASHBOARD_FILTERS)
    read = {name: read_filter(parameters, name) for name in named}
    for fault in parameters.faults.found:
        path = f"{FILTER}{fault.path}"
        if not faults.has(path):
            faults.add(path, fault.code, fault.message.replace(f"`{fault.path}`", f"`{path}`", 1))
    return {name: value for name, value in read.items() if value}


def _require_shared(views: Sequence[str], dashboard: Dashboard) -> None:
    for panel in (VIEWS[view].panel for view in views):
        if panel not in dashboard.panels:
            raise ApiError(ErrorCode.PANEL_NOT_SHARED, details={"shared": list(dashboard.panels)}, panel=panel)


def _data(views: Sequence[str], asked: Asked) -> dict[str, Any]:
    panels: dict[str, Any] = {}
    failed: dict[str, str] = {}
    asked_at = [epoch_seconds()]
    questions = {view: VIEWS[view].ask(asked) for view in views}
    counts = {view: VIEWS[view].about(asked) for view in views} if asked.fewest else {}
    answers = Answers(
        {question for of_view in questions.values() for question in of_view.values()}
        | {count.question for count in counts.values()}
    )
    for view, of_view in questions.items():
        try:
            if view in counts:
                [counted] = answers.to(counts[view].question).rows
                require_enough(counted[counts[view].column], asked.fewest, is_narrowed=bool(asked.own_filters()))
            found = {name: answers.to(question) for name, question in of_view.items()}
            panels[view] = VIEWS[view].shown(asked, {name: answer.rows for name, answer in found.items()})
            asked_at += [answer.asked_at for answer in found.values()]
        except UnansweredError as failure:
            failed[view] = failure.code.code
        except TooFewVisitorsError:
            failed[view] = TOO_FEW_VISITORS
    return _answer(asked, panels, failed, asked_at)


def _answer(
    asked: Asked, panels: Mapping[str, Any], failed: Mapping[str, str], asked_at: Sequence[float]
) -> dict[str, Any]:
    return {
        "website": asked.dashboard.website(),
        "period": asked.period.to_answer(),
        "panels": panels,
        "failed": failed,
        "as_of": iso_of_epoch(int(min(asked_at))),
    }


def _revalidated(request: PublicRequest, data: object) -> Response:
    """Return the data for a client that keeps it and asks each time whether it still holds.

    It may not show what it keeps without asking, or a reader would see the numbers of a revoked link for longer.
    """
    text = json.dumps(data, separators=(",", ":"))
    return tagged(request, RawJson(text), {"Cache-Control": "private, no-cache", "Vary": "Authorization"})
