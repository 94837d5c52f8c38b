"""The options for the fields of records: their names, their help, and how their text is read."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, get_args

from pixel.workspaces.alert_fields import CLEAR_MAX, COOLDOWN_MINUTES_MAX, MIN_VOLUME_MAX, WINDOWS_MAX
from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.alerts import Z_DEFAULT, Z_MAX, Z_MIN
from pixel.workspaces.dashboard_fields import MIN_VISITORS_MAX
from pixel.workspaces.destination_kind import DESTINATION
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.models import RECIPIENTS_MAX
from pixel.workspaces.pixel_defaults import PIXEL_DEFAULTS
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.share_link_kind import SHARE_LINK
from pixel.workspaces.vocabulary import (
    PANELS,
    PANELS_UNLESS_CHOSEN,
    PERIODS,
    SECTIONS,
    AlertChannel,
    AlertDirection,
    AlertKind,
    Cadence,
    DestinationKind,
    EventType,
    Metric,
    Missing,
    ReportChannel,
    Theme,
    Window,
)
from pixel.workspaces.website_kind import WEBSITE
from pixelctl.commands.command import DIGITS_MAX, separated, whole_number
from pixelctl.commands.expiry import FORMS, parse_expiry
from pixelctl.failures import ControlError

_LISTS_OF_PIXEL = {name for name, value in PIXEL_DEFAULTS.items() if isinstance(value, list)}
_NUMBER = re.compile(rf"\d{{1,{DIGITS_MAX}}}(\.\d{{1,{DIGITS_MAX}}})?", re.ASCII)


class Option(NamedTuple):
    field: str
    description: str
    metavar: str
    read: Callable[[str], Any] = str
    """Converts the text, or returns it unchanged, so that the rules of the field refuse it."""
    name: str = ""
    """The option's name if it differs from the field's."""
    default: str = ""
    """What a new record has without the option; without a default, the option is required."""

    @property
    def flag(self) -> str:
        return f"--{self.name or self.field.replace('_', '-')}"


def _filters(text: str) -> dict[str, str] | str:
    """Return the filters in country=DE,device=mobile; none of an empty text."""
    pairs = [entry.partition("=") for entry in separated(text)]
    if any(not middle for _, middle, _ in pairs):
        raise ControlError("Write filters as country=DE,device=mobile.")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _pixel_settings(text: str) -> dict[str, object]:
    """Return the settings in mode=cookie,outbound=true,domains=a.example+b.example; none of an empty text."""
    pairs = [entry.partition("=") for entry in separated(text)]
    if any(not middle for _, middle, _ in pairs):
        raise ControlError("Write settings as mode=cookie,outbound=true,domains=a.example+b.example.")
    return {name.strip(): _setting(name.strip(), value.strip()) for name, _, value in pairs}


def _setting(name: str, value: str) -> object:
    if name in _LISTS_OF_PIXEL:
        return [one.strip() for one in value.split("+") if one.strip()]
    return {"true": True, "false": False}.get(value, value)


def _number(text: str) -> int | float | str:
    if not _NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)


def _or_none(text: str) -> str | None:
    return None if text == "none" else text


def _number_or_none(text: str) -> int | float | str | None:
    return None if text == "none" else _number(text)


def _or_all(text: str) -> list[str] | None:
    return None if text == "all" else separated(text)


def _flag(text: str) -> bool | str:
    return {"true": True, "false": False}.get(text, text)


def _recipients_or_none(text: str) -> list[str] | None:
    return None if text == "none" else separated(text)


def _quiet_hours(text: str) -> dict[str, str] | None:
    """Return the hours in 22:00-07:00, or None for none."""
    if text == "none":
        return None
    start, middle, end = text.partition("-")
    if not middle:
        raise ControlError("Write quiet hours as 22:00-07:00.")
    return {"from": start.strip(), "to": end.strip()}


def _number_of_windows(text: str) -> int | str | None:
    return None if text == "none" else whole_number(text)


def _choice(choice: Any) -> str:
    return f"one of {', '.join(get_args(choice))}"


_NAME = Option("name", "a name for people", "NAME")

OPTIONS: Mapping[str, tuple[Option, ...]] = {
    WEBSITE.noun: (
        Option("domain", "domain name, such as shop.example.com", "DOMAIN"),
        _NAME._replace(default="the domain"),
        Option("timezone", "IANA time zone of its reports, such as Europe/Berlin", "ZONE", default="UTC"),
        Option("currency", "ISO 4217 code of its reports, such as EUR", "CODE", default="USD"),
        Option("aliases", "other domains that are this website too", "LIST", separated, default="none"),
        Option(
            "pixel",
            "all settings of its browser pixel that differ from their defaults, such as "
            "mode=cookie,outbound=true,domains=a.example+b.example",
            "LIST",
            _pixel_settings,
            default="none",
        ),
    ),
    GOAL.noun: (
        _NAME,
        Option(
            "selector", "URL pattern such as /thanks*, custom event such as event:signup, or CSS selector", "SELECTOR"
        ),
        Option(
            "value",
            "what a conversion is worth whose event brings no value, a number from 0, or none",
            "N",
            _number_or_none,
            default="none",
        ),
        Option("currency", "ISO 4217 code of the value, such as EUR, or none", "CODE", _or_none, default="none"),
    ),
    ALERT.noun: (
        Option("metric", _choice(Metric), "METRIC"),
        Option(
            "threshold",
            "a number from 0; for bounce_rate a fraction from 0 to 1, for change a fraction of the value a week "
            f"before, for anomaly {Z_MIN} to {Z_MAX} (without it {Z_DEFAULT})",
            "N",
            _number,
        ),
        Option("channel", _choice(AlertChannel), "CHANNEL"),
        Option(
            "recipients",
            f"1 to {RECIPIENTS_MAX}, separated by commas: e-mail addresses, or for slack channels such as '#sales'; or "
            "none, and nobody is told; not for webhook",
            "LIST",
            _recipients_or_none,
            default="none",
        ),
        _NAME._replace(read=_or_none, default="none"),
        Option("kind", _choice(AlertKind), "KIND", default="threshold"),
        Option("direction", f"{_choice(AlertDirection)}; either for anomaly alone", "DIRECTION", default="above"),
        Option("window", f"how long the windows are, {_choice(Window)}", "WINDOW", default="1h"),
        Option(
            "filters",
            "what is counted alone, such as country=DE,path=/pricing; goal for conversions, currency for revenue",
            "LIST",
            _filters,
            default="none",
        ),
        Option("min_volume", f"counts below it never fire, 0 to {MIN_VOLUME_MAX:,}", "N", whole_number, default="20"),
        Option(
            "for",
            f"windows in a row until it fires, 1 to {WINDOWS_MAX}, or none for the default",
            "N",
            _number_of_windows,
            default="1, for anomaly 2",
        ),
        Option("recover", f"windows in a row until it ends, 1 to {WINDOWS_MAX}", "N", whole_number, default="2"),
        Option(
            "clear",
            f"how far beyond the threshold a value must be back until it ends, a fraction from 0 to {CLEAR_MAX}",
            "N",
            _number,
            default="0.1",
        ),
        Option(
            "cooldown_minutes",
            f"minutes without another message that it fires, 0 to {COOLDOWN_MINUTES_MAX:,}",
            "N",
            whole_number,
            default="720",
        ),
        Option("missing", f"what becomes of it without data, {_choice(Missing)}", "WORD", default="hold"),
        Option(
            "quiet_hours",
            "when nobody is told, in the website's time zone, such as 22:00-07:00, or none",
            "HOURS",
            _quiet_hours,
            default="none",
        ),
        Option("snoozed_until", f"until when nobody is told: {FORMS}", "WHEN", parse_expiry, default="never"),
        Option("enabled", "true or false", "WORD", _flag, default="true"),
    ),
    REPORT.noun: (
        Option("cadence", _choice(Cadence), "CADENCE"),
        Option("channel", _choice(ReportChannel), "CHANNEL"),
        Option(
            "recipients",
            f"1 to {RECIPIENTS_MAX}, separated by commas: e-mail addresses, or for slack channels such as '#sales'",
            "LIST",
            separated,
        ),
        Option("at", "the local time of sending", "HH:MM", default="07:00"),
        Option("weekday", "the day of a weekly report, 1 for Monday to 7", "N", whole_number, default="1"),
        Option(
            "timezone",
            "IANA time zone of its time, or none for that of the website",
            "ZONE",
            _or_none,
            default="none",
        ),
        Option("sections", f"some of {', '.join(SECTIONS)}", "LIST", separated, default="all"),
        Option("enabled", "true or false", "WORD", _flag, default="true"),
    ),
    DESTINATION.noun: (
        Option("kind", _choice(DestinationKind), "KIND"),
        _NAME._replace(description="a name for people; for slack the channel, such as '#sales'"),
        Option(
            "events",
            f"what a webhook is told of: some of {', '.join(get_args(EventType))}, or all",
            "LIST",
            _or_all,
            default="all",
        ),
        Option(
            "website_ids",
            "websites of whose events alone a webhook is told, or all",
            "IDS",
            _or_all,
            name="websites",
            default="all",
        ),
        Option("enabled", "whether anything is sent, true or false", "BOOL", _flag, default="true"),
    ),
    SHARE_LINK.noun: (
        Option("expires_at", f"when it stops working: {FORMS}", "WHEN", parse_expiry, name="expires", default="never"),
        Option(
            "panels",
            f"some of {', '.join(PANELS)}",
            "LIST",
            separated,
            default=f"all up to {PANELS_UNLESS_CHOSEN[-1]}",
        ),
        Option(
            "filters",
            "filters that readers see and cannot lift, such as country=DE,device=mobile",
            "LIST",
            _filters,
            default="none",
        ),
        Option("periods", f"some of {', '.join(PERIODS)}", "LIST", separated, default="all"),
        Option(
            "embed_origins",
            "origins of pages that may embed it, such as https://www.example.com",
            "LIST",
            separated,
            default="none",
        ),
        Option("theme", _choice(Theme), "THEME", default="auto"),
        Option(
            "min_visitors",
            f"rows with fewer visitors are added up as others, 0 to {MIN_VISITORS_MAX}",
            "N",
            whole_number,
            default="0",
        ),
        Option(
            "steps",
            "2 to 10 steps of the funnel, such as /pricing,goal:signup,payment",
            "LIST",
            separated,
            default="none",
        ),
    ),
}
