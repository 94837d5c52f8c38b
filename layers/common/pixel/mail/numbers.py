"""The numbers of a report: the questions of a dashboard about a period that has ended, asked once for all recipients.

Raises UnansweredError if a question has no answer; the message is due again then.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from pixel.dashboard import periods
from pixel.dashboard.asked import Asked
from pixel.dashboard.periods import Span, to_parameters
from pixel.dashboard.questions import KEPT_SECONDS, Answers, Question
from pixel.dashboard.share_lookup import Dashboard, to_dashboard
from pixel.dashboard.views import VIEWS
from pixel.foundation.clock import epoch_seconds, from_iso
from pixel.foundation.container import kept
from pixel.mail.content import (
    ROWS_MAX,
    SECTIONS,
    Cadence,
    Listing,
    Measure,
    Period,
    Point,
    ReportNumbers,
    Row,
    Website,
)
from pixel.mail.wording import period_name
from pixel.workspaces.vocabulary import PERIODS

_NUMBERS_KEPT_SECONDS: Final = 300
_NUMBERS_KEPT_MAX: Final = 64
_VIEWS: Final = {
    "summary": "summary",
    "chart": "series",
    "pages": "pages",
    "sources": "channels",
    "countries": "countries",
    "devices": "devices",
    "goals": "goals",
    "ai": "ai",
    "revenue": "revenue",
}
_LISTS: Final = tuple(section for section in SECTIONS if section not in {"summary", "chart"})
_EARNED, _EARNED_BEFORE, _HEALTH = "earned", "earned before", "health"
_GRANULARITIES: Final = {"daily": "hour", "weekly": "day", "monthly": "day"}

Rows = list[dict[str, Any]]


class _Asked(NamedTuple):
    """What identifies the numbers of a report."""

    workspace_id: str
    website_id: str
    start: datetime
    end: datetime
    timezone: str
    sections: tuple[str, ...]


class _Kept(NamedTuple):
    numbers: ReportNumbers
    until: float


_numbers: dict[_Asked, _Kept] = kept({})


def report_numbers(  # noqa: PLR0913 - what a report is about, and how it is shown by name
    workspace_id: str,
    website: Mapping[str, Any],
    period: Period,
    sections: Collection[str],
    *,
    cadence: Cadence,
    timezone: str | None = None,
    dashboard_url: str | None = None,
) -> ReportNumbers:
    """Return the numbers of a website in a period, which all recipients of its report share for five minutes.

    `timezone` is that of the report, in which the period's days begin, if it is another than the website's.
    """
    chosen = tuple(section for section in SECTIONS if section in sections)
    zone = timezone or website.get("timezone") or "UTC"
    key = _Asked(workspace_id, website["id"], period.start, period.end, zone, chosen)
    found = _numbers.get(key)
    if found is None or found.until <= epoch_seconds():
        if len(_numbers) >= _NUMBERS_KEPT_MAX:
            _numbers.clear()
        about = {**website, "workspace_id": workspace_id, "timezone": zone}
        numbers = _ask(about, period, chosen, cadence)
        found = _numbers[key] = _Kept(numbers, epoch_seconds() + _NUMBERS_KEPT_SECONDS)
    return found.numbers._replace(dashboard_url=dashboard_url)


def _ask(website: Mapping[str, Any], period: Period, sections: tuple[str, ...], cadence: Cadence) -> ReportNumbers:
    dashboard = to_dashboard({"panels": (), "periods": PERIODS, "steps": ()}, website)
    asked = Asked(dashboard, _days_of(period, dashboard, cadence), {}, "visitors", ROWS_MAX)
    views = {section: VIEWS[_VIEWS[section]] for section in {*sections, "summary"}}
    questions = {section: view.ask(asked) for section, view in views.items()}
    extra = {
        _EARNED: _question("p_metric_series", dashboard, _earned(asked, period.start, period.end)),
        _EARNED_BEFORE: _question("p_metric_series", dashboard, _earned(asked, period.before_start, period.before_end)),
        _HEALTH: _question("p_pixel_healthcheck", dashboard, {}),
    }
    answers = Answers({*extra.values(), *(one for asks in questions.values() for one in asks.values())})
    shown = {
        section: view.shown(asked, {name: answers.to(one).rows for name, one in questions[section].items()})
        for section, view in views.items()
    }
    earned, earned_before = (
        sum(float(row["value"]) for row in answers.to(extra[name]).rows) for name in (_EARNED, _EARNED_BEFORE)
    )
    found = ReportNumbers(
        Website(dashboard.website_id, dashboard.name, dashboard.domain, dashboard.timezone, dashboard.currency),
        cadence,
        period_name(cadence, period.start, period.end, dashboard.timezone),
        period.start,
        period.end,
    )
    summary = shown["summary"]
    if not any(summary["now"][name] for name in ("visitors", "pageviews", "conversions")) and not earned:
        return found._replace(silence=_silence(answers.to(extra[_HEALTH]).rows, dashboard.timezone))
    return found._replace(
        measures=_measures(summary, earned, earned_before) if "summary" in sections else (),
        points=_points(shown["chart"], cadence) if "chart" in sections else (),
        listings=tuple(_listing(name, shown[name], summary["now"]) for name in _LISTS if name in sections),
    )


def _days_of(period: Period, dashboard: Dashboard, cadence: Cadence) -> periods.Period:
    """Return the period as a dashboard knows it, in whole days of the website's time zone."""
    zone = ZoneInfo(dashboard.timezone)

    def span(start: datetime, end: datetime) -> Span:
        last = end.astimezone(zone) - timedelta(microseconds=1)
        return Span(start.astimezone(zone).date(), last.date())

    return periods.Period(
        periods.CUSTOM,
        dashboard.timezone,
        span(period.start, period.end),
        span(period.before_start, period.before_end),
        _GRANULARITIES[cadence],
    )


def _earned(asked: Asked, start: datetime, end: datetime) -> dict[str, str]:
    return {
        **to_parameters((start, end)),
        "timezone": asked.dashboard.timezone,
        "granularity": "month",
        "metric": "revenue",
        "currency": asked.dashboard.currency,
    }


def _question(pipe: str, dashboard: Dashboard, parameters: Mapping[str, str]) -> Question:
    fixed = (("website_id", dashboard.website_id), ("workspace_id", dashboard.workspace_id))
    return Question(pipe, fixed, tuple(sorted(parameters.items())), KEPT_SECONDS)


def _measures(summary: Mapping[str, Any], earned: float, earned_before: float) -> tuple[Measure, ...]:
    now, before = summary["now"], summary["before"] or {}
    return (
        Measure("Visitors", "count", now["visitors"], before.get("visitors")),
        Measure("Pageviews", "count", now["pageviews"], before.get("pageviews")),
        Measure("Sessions", "count", now["sessions"], before.get("sessions")),
        Measure("Bounce rate", "share", now["bounce_rate"], before.get("bounce_rate"), is_less_better=True),
        Measure("Session duration", "seconds", now["session_duration"], before.get("session_duration")),
        Measure("Conversions", "count", now["conversions"], before.get("conversions")),
        Measure("Revenue", "money", earned, earned_before),
    )


def _points(series: Mapping[str, Any], cadence: Cadence) -> tuple[Point, ...]:
    before = [point["value"] for point in series["before"] or ()]
    return tuple(
        _point(point, before[place] if place < len(before) else None, cadence)
        for place, point in enumerate(series["points"])
    )


def _point(point: Mapping[str, Any], before: float | None, cadence: Cadence) -> Point:
    at = datetime.fromisoformat(point["at"])
    day = f"{at:%a} {at.day} {at:%b}"
    label = {"daily": f"{at:%H:%M}", "weekly": f"{at:%a} {at.day}", "monthly": f"{at.day} {at:%b}"}[cadence]
    return Point(label, f"{at:%H:%M}" if cadence == "daily" else day, point["value"] or 0, before)


def _listing(section: str, shown: Mapping[str, Any], summary: Mapping[str, Any]) -> Listing:
    others = (shown["others"] or {}).get("rows", 0)
    if section == "goals":
        rows = tuple(Row(row["value"], row["conversions"], row["rate"]) for row in shown["rows"])
    elif section == "revenue":
        # Amounts of different currencies cannot stand beside each other as bars.
        currency = shown["rows"][0]["currency"] if shown["rows"] else None
        same = [row for row in shown["rows"] if row["currency"] == currency]
        rows = tuple(Row(row["value"], row["revenue"], None, "money", currency) for row in same)
        others += len(shown["rows"]) - len(same)
    else:
        visitors = summary["visitors"]
        rows = tuple(
            Row(row["value"], row["visitors"], row["visitors"] / visitors if visitors else None)
            for row in shown["rows"]
        )
    return Listing(section, rows, others)


def _silence(health: Rows, timezone: str) -> str:
    """Return what may be the reason that nothing was recorded."""
    [row] = health
    if row["status"] == "no_data":
        return "No event has ever arrived from this website. See whether the pixel is on its pages."
    if row["status"] == "ok":
        return "No event arrived in this period, but they do arrive again now."
    last = row["last_event_at"]
    if last is None:
        return "No event has arrived for a month. See whether the pixel is still on the pages."
    at = from_iso(last).astimezone(UTC).astimezone(ZoneInfo(timezone))
    return f"The last event arrived on {at:%A} {at.day} {at:%B} at {at:%H:%M}. See whether the pixel is still there."
