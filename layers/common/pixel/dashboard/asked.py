"""What a reader asks of a dashboard, and the questions that follow for pipes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from pixel.dashboard.periods import Period, to_parameters
from pixel.dashboard.questions import KEPT_SECONDS, KEPT_SECONDS_OF_THE_PRESENT, Question
from pixel.dashboard.share_lookup import Dashboard

METRICS: Final[Mapping[str, str]] = {
    **{name: name for name in ("visitors", "pageviews", "sessions", "bounce_rate", "conversions")},
    "session_duration": "avg_duration",
}
"""The pipe's name of each metric of the series."""


NOT_OF_LINKS: Final = frozenset({"path"})
"""Filters of dashboards that clicks of short links do not have."""


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

    @property
    def fewest(self) -> int:
        """Return how many visitors must be behind anything that is shown."""
        return self.dashboard.min_visitors

    def in_period(self, pipe: str, own: Mapping[str, str] | None = None, *, before: str | None = None) -> Question:
        """Return a question about the period in days of its time zone; `before` is what a token must fix."""
        window = to_parameters(self.period.window())
        parameters = {**window, "timezone": self.period.timezone, **(own or {})}
        return self._question(pipe, parameters, fixed={} if before is None else {"before": before})

    def in_last_minutes(self, pipe: str, minutes: int, own: Mapping[str, str] | None = None) -> Question:
        """Return a question about the present, which the period does not change."""
        question = self._question(pipe, {"minutes": str(minutes), **(own or {})})
        return question._replace(kept_seconds=KEPT_SECONDS_OF_THE_PRESENT)

    def summary(self) -> Question:
        """Return the question for the numbers of the period, among them the visitors that shares are parts of."""
        return self._question("i_summary", to_parameters(self.period.window()))

    def summary_before(self) -> Question | None:
        window = self.period.compared_window()
        return None if window is None else self._question("i_summary", to_parameters(window))

    def series(self) -> Question:
        return self._series(self.period.window())

    def series_before(self) -> Question | None:
        window = self.period.compared_days()
        return None if window is None else self._series(window)

    def of_links(self, pipe: str, window: tuple[datetime, datetime], own: Mapping[str, str] | None = None) -> Question:
        """Return a question about the clicks of the workspace's short links, which belong to no website.

        All filters that clicks have narrow it.
        """
        filters, theirs = (
            {name: value for name, value in given.items() if name not in NOT_OF_LINKS}
            for given in (self.dashboard.filters, self.own_filters())
        )
        owned = {"workspace_id": self.dashboard.workspace_id, **filters}
        parameters = {**theirs, **to_parameters(window), "timezone": self.period.timezone, **(own or {})}
        return Question(pipe, tuple(sorted(owned.items())), tuple(sorted(parameters.items())), KEPT_SECONDS)

    def _series(self, window: tuple[datetime, datetime]) -> Question:
        own = {
            "timezone": self.period.timezone,
            "granularity": self.period.granularity,
            "metric": METRICS[self.metric],
        }
        return self._question("p_metric_series", {**to_parameters(window), **own})

    def _question(
        self, pipe: str, parameters: Mapping[str, str], *, fixed: Mapping[str, str] | None = None
    ) -> Question:
        """Return a question with all filters, of which the token fixes the dashboard's own."""
        owned = {
            "workspace_id": self.dashboard.workspace_id,
            "website_id": self.dashboard.website_id,
            **self.dashboard.filters,
            **(fixed or {}),
        }
        theirs = {**self.own_filters(), **parameters}
        return Question(pipe, tuple(sorted(owned.items())), tuple(sorted(theirs.items())), KEPT_SECONDS)
