"""The views of a dashboard: the panel that each belongs to, what it asks of pipes, and what it shows of their rows."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from pixel.dashboard import few_visitors, numbers
from pixel.dashboard.asked import Asked
from pixel.dashboard.few_visitors import RowsByName
from pixel.dashboard.links import ask_links, hide_links, show_links, totals_of_links
from pixel.dashboard.lists import LISTS, ListView, list_of
from pixel.dashboard.questions import Question

Shown = dict[str, Any]
Questions = dict[str, Question]
"""What a view asks, by names of its own."""
Hide = Callable[[RowsByName, int], RowsByName]
"""What a view does with numbers of fewer visitors than this."""

_MINUTES_SHOWN, _MINUTES_NOW = 30, 5
_ROWS_ASKED = {"limit": "500"}
_DAYS_BY_DAY_MAX = 14  # of cohorts


class Count(NamedTuple):
    """The visitors that a view is about: a question, and the column of its row."""

    question: Question
    column: str


class View(NamedTuple):
    """A part of a panel."""

    panel: str
    ask: Callable[[Asked], Questions]
    hide: Hide
    show: Callable[[Asked, RowsByName], Shown]
    about: Callable[[Asked], Count] = lambda asked: Count(asked.summary(), "visitors")

    def shown(self, asked: Asked, rows: RowsByName) -> Shown:
        """Return what a reader may see of the rows."""
        return self.show(asked, self.hide(rows, asked.fewest))


def _both(now: Question, before: Question | None) -> Questions:
    return {"now": now} if before is None else {"now": now, "before": before}


def _ask_summary(asked: Asked) -> Questions:
    return _both(asked.summary(), asked.summary_before())


def _show_summary(_asked: Asked, rows: RowsByName) -> Shown:
    before = numbers.summary_of(rows["before"]) if "before" in rows else None
    return {"now": numbers.summary_of(rows["now"]), "before": before}


def _ask_series(asked: Asked) -> Questions:
    questions = _both(asked.series(), asked.series_before())
    if asked.fewest:
        visitors = asked._replace(metric="visitors")
        seen = _both(visitors.series(), visitors.series_before())
        questions |= {f"visitors_{name}": question for name, question in seen.items()}
    return questions


def _show_series(asked: Asked, rows: RowsByName) -> Shown:
    return numbers.series_of(asked.metric, asked.period, rows["now"], rows.get("before"))


def _ask_list(view: ListView, asked: Asked) -> Questions:
    return {"rows": asked.in_period(view.pipe, {**_ROWS_ASKED, **view.parameters}), "summary": asked.summary()}


def _show_list(view: ListView, asked: Asked, rows: RowsByName) -> Shown:
    summary = numbers.summary_of(rows["summary"])
    return list_of(view, rows["rows"], summary, limit=asked.limit)


def _hide_names(name: str, *counted: str) -> Hide:
    return lambda rows, fewest: {**rows, "rows": few_visitors.hide_names(rows["rows"], fewest, name, *counted)}


def _hide_in_list(view: ListView, rows: RowsByName, fewest: int) -> RowsByName:
    hide = few_visitors.hide_cities if view.name == "city" else few_visitors.hide_names
    # Where only rows with a name are meant, the one without is not among the others either.
    meant = [row for row in rows["rows"] if row[view.measured] and (row[view.name] or view.is_unknown_shown)]
    return {**rows, "rows": hide(meant, fewest, view.name, "visitors", view.measured)}


def _list(panel: str, name: str) -> View:
    view = LISTS[name]
    return View(panel, partial(_ask_list, view), partial(_hide_in_list, view), partial(_show_list, view))


def _ask_goals(asked: Asked) -> Questions:
    return {"rows": asked.in_period("p_goal_conversions", {**_ROWS_ASKED, "currency": asked.dashboard.currency})}


def _show_goals(asked: Asked, rows: RowsByName) -> Shown:
    return numbers.goals_of(rows["rows"], asked.dashboard, limit=asked.limit)


def _ask_realtime(asked: Asked) -> Questions:
    return {
        "now": asked.in_last_minutes("i_realtime", _MINUTES_SHOWN),
        "pages": asked.in_last_minutes("p_top_pages", _MINUTES_NOW, {"sort": "visitors", "limit": "100"}),
    }


def _show_realtime(asked: Asked, rows: RowsByName) -> Shown:
    return numbers.realtime_of(rows["now"], rows["pages"], limit=asked.limit, minutes=_MINUTES_SHOWN)


def _about_realtime(asked: Asked) -> Count:
    return Count(_ask_realtime(asked)["now"], "visitors_of_30_minutes")


def _ask_revenue(asked: Asked) -> Questions:
    return {"rows": asked.in_period("p_attributed_revenue", _ROWS_ASKED, before="touches")}


def _show_revenue(asked: Asked, rows: RowsByName) -> Shown:
    return numbers.revenue_of(rows["rows"], asked.dashboard, limit=asked.limit)


def _ask_funnel(asked: Asked) -> Questions:
    return {"rows": asked.in_period("p_funnel_v2", {"steps": ",".join(asked.dashboard.steps)})}


def _show_funnel(_asked: Asked, rows: RowsByName) -> Shown:
    return numbers.funnel_of(rows["rows"])


def _ask_retention(asked: Asked) -> Questions:
    granularity = asked.period.granularity
    is_short = asked.period.span.days <= _DAYS_BY_DAY_MAX
    size = "month" if granularity == "month" else "day" if is_short else "week"
    return {"rows": asked.in_period("p_retention_cohort", {"period": size, "limit": "1000"})}


def _show_retention(_asked: Asked, rows: RowsByName) -> Shown:
    return numbers.retention_of(rows["rows"])


VIEWS: Final[Mapping[str, View]] = {
    "summary": View("summary", _ask_summary, few_visitors.hide_comparison, _show_summary),
    "series": View("series", _ask_series, few_visitors.hide_points, _show_series),
    **{view: _list("pages", view) for view in ("pages", "entry_pages", "exit_pages")},
    **{view: _list("sources", view) for view in ("channels", "referrers", "campaigns", "ai")},
    **{view: _list("places", view) for view in ("countries", "regions", "cities")},
    **{view: _list("devices", view) for view in ("devices", "browsers", "systems", "languages")},
    "goals": View("goals", _ask_goals, _hide_names("goal_name", "visitors"), _show_goals),
    "realtime": View("realtime", _ask_realtime, few_visitors.hide_minutes, _show_realtime, _about_realtime),
    "revenue": View("revenue", _ask_revenue, _hide_names("name", "visitors"), _show_revenue),
    "funnel": View("funnel", _ask_funnel, few_visitors.hide_steps, _show_funnel),
    "links": View("links", ask_links, hide_links, show_links, lambda asked: Count(totals_of_links(asked), "unique")),
    "retention": View("retention", _ask_retention, few_visitors.hide_cohorts, _show_retention),
}
"""All views by name."""
