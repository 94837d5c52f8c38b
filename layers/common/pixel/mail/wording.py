"""Numbers, times and names as people read them, for mail and Slack alike."""

import unicodedata
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from pixel.mail.content import AlertFact, Measure, Unit

NOTHING: Final = "\u2013"
"""Stands where there is no number."""
_NAME_CHARACTERS_MAX = 90
_MINUTE, _HOUR = 60, 3600
_WHOLE_FROM = 100  # money from here on has no cents
_THOUSAND, _MILLION = 1_000, 1_000_000
_METRICS: Final = {
    "visitors": "Visitors",
    "pageviews": "Pageviews",
    "sessions": "Sessions",
    "bounce_rate": "Bounce rate",
    "avg_duration": "Session duration",
    "session_duration": "Session duration",
    "conversions": "Conversions",
    "revenue": "Revenue",
}
_WINDOWS: Final = {"5m": "5 minutes", "15m": "15 minutes", "1h": "hour", "1d": "day", "7d": "7 days"}
_SECTIONS: Final = {
    "pages": "Top pages",
    "sources": "Where visitors came from",
    "countries": "Countries",
    "devices": "Devices",
    "goals": "Goals",
    "ai": "AI assistants",
    "revenue": "Revenue by channel",
}
_UNKNOWN: Final = {"sources": "Unknown", "countries": "Unknown country", "devices": "Unknown device"}
_NAMES: Final = {
    "ai": "AI assistants",
    "sms": "SMS",
    "email": "E-mail",
    "chatgpt": "ChatGPT",
    "deepseek": "DeepSeek",
    "duckassist": "DuckAssist",
    "character_ai": "Character.AI",
    "you": "You.com",
    "iask": "iAsk",
    "meta_ai": "Meta AI",
}


class Change(NamedTuple):
    """A change since the period before, in words and as good, bad or neither."""

    text: str
    mood: str


def one_line(text: str, *, characters_max: int = _NAME_CHARACTERS_MAX) -> str:
    """Return a name without line breaks, control characters and marks that turn the direction of writing."""
    kept = "".join(" " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} else sign for sign in text)
    kept = "".join(sign for sign in kept if unicodedata.category(sign) != "Cf")
    kept = " ".join(kept.split())
    return kept if len(kept) <= characters_max else f"{kept[: characters_max - 1].rstrip()}…"


def metric_name(metric: str) -> str:
    return _METRICS.get(metric) or metric.replace("_", " ").capitalize()


def unit_of(metric: str) -> Unit:
    """Return the unit of a metric of alerts."""
    units: dict[str, Unit] = {"bounce_rate": "share", "avg_duration": "seconds", "revenue": "money"}
    return units.get(metric, "count")


def span(window: str) -> str:
    """Return how long a window is, such as `in an hour`."""
    name = _WINDOWS[window]
    return f"in {name}" if name[0].isdecimal() else f"in {'an' if name[0] == 'h' else 'a'} {name}"


def section_title(section: str) -> str:
    return _SECTIONS[section]


def row_name(section: str, name: str | None) -> str:
    """Return the name of a row as readers know it: a country by its name, a channel without underscores."""
    if not name:
        return _UNKNOWN.get(section, "Unknown")
    if section == "countries":
        return _countries().get(name, name)
    if section in {"sources", "devices", "ai", "revenue"}:
        return _NAMES.get(name) or one_line(name.replace("_", " ").capitalize())
    return one_line(name)


def quantity(value: float | None, unit: Unit, currency: str | None = None) -> str:
    """Return a value with its unit."""
    if value is None:
        return NOTHING
    if unit == "share":
        return f"{100 * value:.0f} %" if value >= 0.1 or value == 0 else f"{100 * value:.1f} %"
    if unit == "seconds":
        return _duration(value)
    if unit == "money":
        amount = f"{value:,.0f}" if abs(value) >= _WHOLE_FROM or value == 0 else f"{value:,.2f}"
        return f"{amount} {currency}" if currency else amount
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}".rstrip("0").rstrip(".")


def short_number(value: float) -> str:
    """Return a number of an axis."""
    for size, letter in ((_MILLION, "M"), (_THOUSAND, "k")):
        if value >= size:
            return f"{value / size:.1f}".removesuffix(".0") + letter
    return f"{value:.1f}".removesuffix(".0")


def change_of(measure: Measure) -> Change | None:
    """Return the change of a measure since the period before, or None if there is nothing to compare."""
    value, before = measure.value, measure.before
    if value is None or before is None:
        return None
    if measure.unit == "share":
        points = 100 * (value - before)
        if round(points) == 0:
            return Change("no change", "even")
        return Change(f"{_arrow(points)} {abs(points):.0f} pts", _mood(points, measure))
    if before == 0:
        return Change("no change", "even") if value == 0 else Change("▲ new", _mood(1, measure))
    percent = 100 * (value - before) / before
    if round(percent) == 0:
        return Change("no change", "even")
    shown = f"\u00d7 {value / before:,.1f}".removesuffix(".0") if percent >= 900 else f"{abs(percent):,.0f} %"
    return Change(f"{_arrow(percent)} {shown}", _mood(percent, measure))


def period_before(cadence: str) -> str:
    return {"daily": "the day before", "weekly": "the week before", "monthly": "the month before"}[cadence]


def period_name(cadence: str, start: datetime, end: datetime, timezone: str) -> str:
    """Return the name of a period: `Sunday, 25 October 2026`, `19 to 25 October 2026` or `October 2026`."""
    zone = ZoneInfo(timezone)
    first = start.astimezone(zone)
    last = end.astimezone(zone) - timedelta(microseconds=1)
    if cadence == "monthly":
        return f"{first:%B} {first.year}"
    if cadence == "daily":
        return f"{first:%A}, {first.day} {first:%B} {first.year}"
    year = "" if first.year == last.year else f" {first.year}"
    month = "" if first.month == last.month else f" {first:%B}{year}"
    return f"{first.day}{month} to {last.day} {last:%B} {last.year}"


def between(start: datetime, end: datetime, timezone: str) -> str:
    """Return a window in a time zone, such as `Mon 23 Nov, 14:00 to 15:00 (Europe/Berlin)`."""
    zone = ZoneInfo(timezone)
    first, last = start.astimezone(zone), end.astimezone(zone)
    if last - first >= timedelta(hours=23):
        final = (last - timedelta(seconds=1)).date()
        days = f"{first:%a} {first.day} {first:%b}"
        return days if final == first.date() else f"{days} to {final:%a} {final.day} {final:%b}"
    return f"{first:%a} {first.day} {first:%b}, {first:%H:%M} to {last:%H:%M} ({timezone})"


def moment(at: datetime, timezone: str, window: str) -> str:
    """Return the last day of a window that ended at an instant or, of a short one, when it ended."""
    if window in {"1d", "7d"}:
        day = (at - timedelta(seconds=1)).astimezone(ZoneInfo(timezone))
        return f"{day:%a} {day.day} {day:%b}"
    local = at.astimezone(ZoneInfo(timezone))
    return f"{local:%a} {local:%H:%M}"


def condition_of(fact: AlertFact) -> str:
    """Return what an alert watches for, such as `Visitors below 100 in a day`."""
    metric, within = metric_name(fact.metric), span(fact.window)
    if fact.kind == "anomaly":
        side = {"above": "unusually high", "below": "unusually low", "either": "unusual"}[fact.direction]
        return f"{metric} {side} {within}"
    if fact.kind == "change":
        way = "up" if fact.direction == "above" else "down"
        return f"{metric} {way} by {quantity(fact.threshold, 'share')} or more {within}, against a week before"
    side = "above" if fact.direction == "above" else "below"
    return f"{metric} {side} {quantity(fact.threshold, unit_of(fact.metric), fact.website.currency)} {within}"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} m {whole % _MINUTE:02} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02} m"


def _arrow(change: float) -> str:
    return "▲" if change > 0 else "▼"


def _mood(change: float, measure: Measure) -> str:
    return "good" if (change > 0) != measure.is_less_better else "bad"


@cache
def _countries() -> dict[str, str]:
    """Return the names of countries by their codes, of the table that comes with the time zones."""
    table = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8")
    return dict(line.split("\t", 1) for line in table.splitlines() if line and not line.startswith("#"))
