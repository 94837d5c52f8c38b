"""How an operator writes the fields of records: an option for each, its help, and what its text stands for."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, get_args

from pixel.workspaces.kinds import (
    ALERT,
    GOAL,
    REPORT,
    SHARE_LINK,
    WEBSITE,
    AlertChannel,
    Cadence,
    Metric,
    ReportChannel,
)
from pixelctl.commands.expiry import FORMS, parse_expiry

_NUMBER = re.compile(r"\d+(\.\d+)?", re.ASCII)


class Option(NamedTuple):
    field: str
    description: str
    metavar: str
    read: Callable[[str], Any] = str
    """Return what the text stands for, or the text where the rules of the field shall refuse it."""
    name: str = ""
    """Where it is not the field's name."""
    required: bool = True

    @property
    def flag(self) -> str:
        return f"--{self.name or self.field}"


def _number(text: str) -> int | float | str:
    if not _NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)


def _list(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",") if entry.strip()]


def _choice(choice: Any) -> str:
    return f"one of {', '.join(get_args(choice))}"


_NAME = Option("name", "what people call it", "NAME")

OPTIONS: Mapping[str, tuple[Option, ...]] = {
    WEBSITE.noun: (Option("domain", "domain name, such as shop.example.com", "DOMAIN"), _NAME),
    GOAL.noun: (
        _NAME,
        Option("selector", "CSS selector, or URL pattern that begins with / or https:// and may hold *", "SELECTOR"),
    ),
    ALERT.noun: (
        Option("metric", _choice(Metric), "METRIC"),
        Option("threshold", "a number from 0; a fraction from 0 to 1 for bounce_rate", "N", _number),
        Option("channel", _choice(AlertChannel), "CHANNEL"),
    ),
    REPORT.noun: (
        Option("cadence", _choice(Cadence), "CADENCE"),
        Option("channel", _choice(ReportChannel), "CHANNEL"),
        Option(
            "recipients",
            "1 to 20 with commas between: e-mail addresses, or for slack channels such as '#sales'",
            "LIST",
            _list,
        ),
    ),
    SHARE_LINK.noun: (
        Option("expires_at", f"when it stops working: {FORMS}", "WHEN", parse_expiry, name="expires", required=False),
    ),
}
