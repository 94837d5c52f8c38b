"""The views of a dashboard: the panel that each belongs to, what it asks of pipes, and what it shows of their rows."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from pixel.dashboard.lists import LISTS, ListView, list_of
from pixel.dashboard.numbers import goals_of, retention_of, revenue_of, series_of, summary_of
from pixel.dashboard.periods import Period, to_parameters
from pixel.dashboard.questions import KEPT_SECONDS_OF_THE_PRESENT, Answer, Question
from pixel.dashboard.shared import Dashboard

PANEL_OF: Final[Mapping[str, str]] = {
    "summary": "summary",
    "series": "series",
    **dict.fromkeys(("pages", "entry_pages", "exit_pages"), "pages"),
    **dict.fromkeys(("channels", "referrers", "campaigns", "ai"), "sources"),
    **dict.fromkeys(("countries", "regions", "cities"), "places"),
    **dict.fromkeys(("devices", "browsers", "systems", "languages"), "devices"),
    "goals": "goals",
    "realtime": "realtime",
    "revenue": "revenue",
    "funnel": "funnel",
    "retention": "retention",
}
"""The panel of a share link that must be shared for each view."""

METRICS: Final[Mapping[str, str]] = {
    **{name: name for name in ("visitors", "pageviews", "sessions", "bounce_rate", "conversions")},
    "session_duration": "avg_duration",
}
"""The pipe's name of each metric of the series."""

_MINUTES_SHOWN, _MINUTES_NOW = 30, 5
_ROWS_ASKED = "500"
_DAYS_BY_DAY_MAX = 14

Shown = dict[str, Any]
Ask = Callable[[Question], Answer]


class Asked(NamedTuple):
    """What a reader asks of a dashboard."""

    dashboard: Dashboard
    period: Period
    filters: Mapping[str, str]  # of the reader; the dashboard's own win
    metric: str
    limit: int

    def own_filters(self) -> dict[str, str]:
        """Return the reader's filters that narrow the dashboard's."""
        return {name: value for name, value in self.filters.items() if name not in self.dashboard.filters}

    def question(self, pipe: str, window: Mapping[str, str], kept_seconds: int | None = None, **own: str) -> Question:
        """Return the question for a pipe with all filters, of which the token fixes the dashboard's own."""
        fixed = {
            "workspace_id": self.dashboard.workspace_id,
            "website_id": self.dashboard.website_id,
            **self.dashboard.filters,
            **({"before": own.pop("before")} if "before" in own else {}),
        }
        question = Question.of(pipe, fixed, {**self.own_filters(), **window, **own})
        return question if kept_seconds is None else question._replace(kept_seconds=kept_seconds)

    def in_period(self, pipe: str, **own: str) -> Question:
        window = to_parameters(self.period.window())
        return self.question(pipe, window, timezone=self.period.timezone, **own)

    def summary(self) -> Question:
        """Return the question for the numbers of the period, among them the visitors that shares are parts of."""
        return self.question("i_summary", to_parameters(self.period.window()))

    def summary_before(self) -> Question | None:
        window = self.period.compared_window()
        return None if window is None else self.question("i_summary", to_parameters(window))

    def series(self) -> Question:
        return self._series(self.period.window())

    def series_before(self) -> Question | None:
        window = self.period.compared_days()
        return None if window is None else self._series(window)

    def _series(self, window: tuple[Any, Any]) -> Question:
        return self.question(
            "p_metric_series",
            to_parameters(window),
            timezone=self.period.timezone,
            granularity=self.period.granularity,
            metric=METRICS[self.metric],
        )


def questions_of(view: str, asked: Asked) -> list[Question]:
    """Return what a view asks of pipes."""
    if view in LISTS:
        return [_list_question(LISTS[view], asked), asked.summary()]
    match view:
        case "summary":
            return _given(asked.summary(), asked.summary_before())
        case "series":
            return _given(asked.series(), asked.series_before())
        case "goals":
            return [_goals(asked)]
        case "realtime":
            return [_realtime(asked), _pages_now(asked)]
        case "revenue":
            return [_revenue(asked)]
        case "funnel":
            return [_funnel(asked)]
        case _:
            return [_retention(asked)]


def shown(view: str, asked: Asked, answer_to: Ask) -> Shown:
    """Return what a view shows of the answers."""
    dashboard = asked.dashboard

    def rows(question: Question) -> list[dict[str, Any]]:
        return answer_to(question).rows

    if view in LISTS:
        summary = summary_of(rows(asked.summary()))
        found = rows(_list_question(LISTS[view], asked))
        return list_of(LISTS[view], found, summary, limit=asked.limit, fewest=dashboard.min_visitors)
    match view:
        case "summary":
            before = asked.summary_before()
            return {
                "now": summary_of(rows(asked.summary())),
                "before": None if before is None else summary_of(rows(before)),
            }
        case "series":
            before = asked.series_before()
            return series_of(asked.metric, asked.period, rows(asked.series()), None if before is None else rows(before))
        case "goals":
            return goals_of(rows(_goals(asked)), dashboard, limit=asked.limit)
        case "realtime":
            [now] = rows(_realtime(asked))
            fewest = dashboard.min_visitors
            pages = [row for row in rows(_pages_now(asked)) if row["visitors"] >= max(1, fewest)]
            minutes = [*now["visitors_by_minute"], *[0] * _MINUTES_SHOWN][:_MINUTES_SHOWN]
            return {
                "now": now["visitors_of_5_minutes"],
                "last_30": now["visitors_of_30_minutes"],
                "minutes": minutes[::-1],
                "pages": [{"value": row["path"], "visitors": row["visitors"]} for row in pages[: asked.limit]],
            }
        case "revenue":
            return revenue_of(rows(_revenue(asked)), dashboard, limit=asked.limit)
        case "funnel":
            steps = rows(_funnel(asked))
            return {
                "steps": [
                    {"value": row["name"], "visitors": row["visitors"], "rate": row["conversion_rate"]} for row in steps
                ]
            }
        case _:
            return retention_of(rows(_retention(asked)), dashboard)


def _given(*questions: Question | None) -> list[Question]:
    return [question for question in questions if question is not None]


def _list_question(view: ListView, asked: Asked) -> Question:
    return asked.in_period(view.pipe, limit=_ROWS_ASKED, **view.parameters)


def _goals(asked: Asked) -> Question:
    return asked.in_period("p_goal_conversions", limit=_ROWS_ASKED, currency=asked.dashboard.currency)


def _revenue(asked: Asked) -> Question:
    return asked.in_period("p_attributed_revenue", limit=_ROWS_ASKED, before="touches")


def _funnel(asked: Asked) -> Question:
    return asked.in_period("p_funnel_v2", steps=",".join(asked.dashboard.steps))


def _retention(asked: Asked) -> Question:
    size = {"hour": "day", "day": "week" if asked.period.span.days > _DAYS_BY_DAY_MAX else "day"}
    return asked.in_period("p_retention_cohort", period=size.get(asked.period.granularity, asked.period.granularity))


def _realtime(asked: Asked) -> Question:
    return asked.question("i_realtime", {"minutes": str(_MINUTES_SHOWN)}, KEPT_SECONDS_OF_THE_PRESENT)


def _pages_now(asked: Asked) -> Question:
    window = {"minutes": str(_MINUTES_NOW)}
    return asked.question("p_top_pages", window, KEPT_SECONDS_OF_THE_PRESENT, sort="visitors", limit="100")
