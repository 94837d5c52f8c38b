"""What is asked of the analytics of short links: a period, filters, and what pipes are given for them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, Self
from zoneinfo import ZoneInfo

from pixel.events.filters import read_filter
from pixel.foundation.clock import now
from pixel.http.query import QueryParameters
from pixel.reports.window import in_order, midnight, read_moment, read_timezone, to_datetime_text, within_range

type Query = Mapping[str, Sequence[str]]

PERIOD_PARAMETERS: Final = ("from", "to", "start", "end", "days", "timezone")
DAYS_MAX: Final = 1830
HOURLY_DAYS_MAX: Final = 31
GRANULARITIES: Final = ("hour", "day", "week", "month")
TRIGGERS: Final = ("link", "qr", "deeplink")
_DAYS = 30
_UTC = "UTC"

_BY_EVENTS = (
    *("country", "device", "browser", "os", "referrer", "channel"),
    *("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"),
)
"""Filters that clicks have in common with events, and read by the same rules."""
_AS_WRITTEN = {
    "linkId": "link_id",
    "campaignId": "campaign_id",
    "folderId": "folder_id",
    "ruleId": "rule_id",
    "domain": "domain",
    "tag": "tag_name",
    "region": "region",
    "city": "city",
    "language": "language",
}
FILTERS: Final = (*_AS_WRITTEN, *_BY_EVENTS, "trigger", "includeBots")


class Period(NamedTuple):
    """The time between two moments in UTC, the second one excluded, and the time zone of its days."""

    start: datetime
    end: datetime
    timezone: str

    @classmethod
    def of_this_month(cls, timezone: str | None) -> Self:
        name = timezone or _UTC
        zone = ZoneInfo(name)
        today = now().astimezone(zone).date()
        return cls(midnight(today.replace(day=1), zone), midnight(today + timedelta(days=1), zone), name)

    @property
    def length(self) -> timedelta:
        """Return the length by the clocks of the time zone, in which each day has 24 hours."""
        start, end = self._local()
        return end - start

    def before(self) -> "Period":
        """Return the period before, of as many days if this one is of whole days, else of the same length."""
        zone = ZoneInfo(self.timezone)
        first, day_after = (moment.date() for moment in self._local())
        if (midnight(first, zone), midnight(day_after, zone)) == (self.start, self.end):
            return self._replace(start=within_range(midnight(first - (day_after - first), zone)), end=self.start)
        return self._replace(start=within_range(self.start - (self.end - self.start)), end=self.start)

    def parameters(self) -> dict[str, str]:
        return {
            "date_from": to_datetime_text(self.start),
            "date_to": to_datetime_text(self.end),
            "timezone": self.timezone,
        }

    def _local(self) -> tuple[datetime, datetime]:
        zone = ZoneInfo(self.timezone)
        return self.start.astimezone(zone), self.end.astimezone(zone)


def read_period(parameters: QueryParameters, given: Query) -> Period:
    """Return the period, and add its faults to those of the parameters."""
    faults = parameters.faults
    timezone = read_timezone(parameters) or _UTC
    zone = ZoneInfo(timezone)
    first, last = _one_name(parameters, given, "from", "start"), _one_name(parameters, given, "to", "end")
    start = read_moment(parameters, first, zone, is_end=False)
    end = read_moment(parameters, last, zone, is_end=True)
    days = parameters.integer("days", 1, DAYS_MAX)
    if "days" in given and {first, last} & given.keys():
        faults.add("days", "invalid", "`days` counts back from today; omit it where the period has dates.")
    today = now().astimezone(zone).date()
    if end is None:
        end = midnight(today + timedelta(days=1), zone)
    if start is None:
        start = (end.astimezone(zone) - timedelta(days=days or _DAYS)).astimezone(UTC)
    period = Period(_as_pipes_take(start), _as_pipes_take(end), timezone)
    if not faults.has(first) and not faults.has(last):
        if not in_order(period.start, period.end, parameters.text(last) or today.isoformat()):
            than = f"`{last}`" if last in given else "today"
            faults.add(first, "invalid", f"`{first}` must not be later than {than}.")
        elif period.length > timedelta(days=DAYS_MAX):
            faults.add(first, "invalid", f"`{first}` must be at most {DAYS_MAX:,} days before the end of the period.")
    return period


def read_granularity(parameters: QueryParameters, period: Period) -> str:
    granularity = parameters.choice("granularity", GRANULARITIES) or "day"
    if granularity == "hour" and period.length > timedelta(days=HOURLY_DAYS_MAX):
        sentence = (
            f"`granularity` can be hour for at most {HOURLY_DAYS_MAX} days; ask for a shorter period, or for days."
        )
        parameters.faults.add("granularity", "invalid", sentence)
    return granularity


def read_filters(parameters: QueryParameters) -> dict[str, str]:
    """Return the filters as pipes take them. An empty one is a fault, because it would match what is not known."""
    found: dict[str, Any] = {"trigger": parameters.choice("trigger", TRIGGERS)}
    for name, of_pipe in _AS_WRITTEN.items():
        found[of_pipe] = parameters.non_empty_text(name)
    for name in _BY_EVENTS:
        found[name] = parameters.non_empty_text(name) and read_filter(parameters, name)
    found["domain"] = found["domain"] and found["domain"].lower()
    found["include_bots"] = parameters.choice("includeBots", ("true", "false")) == "true" and "1"
    return {name: value for name, value in found.items() if value}


def _as_pipes_take(moment: datetime) -> datetime:
    return within_range(moment).replace(microsecond=0)


def _one_name(parameters: QueryParameters, given: Query, name: str, alias: str) -> str:
    """Return under which of two names a parameter is given."""
    if name in given and alias in given:
        parameters.faults.add(alias, "invalid", f"`{alias}` is another name of `{name}`; give one of them.")
    return alias if alias in given and name not in given else name
