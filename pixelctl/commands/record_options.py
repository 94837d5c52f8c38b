"""The options for the fields of records: their names, their help, and how their text is read."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, get_args

from pixel.workspaces.dashboard_fields import MIN_VISITORS_MAX
from pixel.workspaces.kinds import (
    ALERT,
    GOAL,
    PANELS,
    PANELS_UNLESS_CHOSEN,
    PERIODS,
    PIXEL_DEFAULTS,
    REPORT,
    SHARE_LINK,
    WEBSITE,
    AlertChannel,
    Cadence,
    Metric,
    ReportChannel,
    Theme,
)
from pixel.workspaces.models import RECIPIENTS_MAX
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
        Option("threshold", "a number from 0; for bounce_rate a fraction from 0 to 1", "N", _number),
        Option("channel", _choice(AlertChannel), "CHANNEL"),
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
