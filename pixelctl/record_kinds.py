"""The kinds of records that hang on a workspace: which fields each has and what they must satisfy.

What is given is checked before anything is asked of AWS; a change is checked again together with what is stored,
because it may contradict that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, NewType

from pixel.foundation.clock import to_iso
from pixel.workspaces import records
from pixel.workspaces.records import RecordKind
from pixelctl import expiry, record_values
from pixelctl.failures import ControlError, InvalidValuesError
from pixelctl.record_values import one_of
from pixelctl.workspaces import checked_name

CheckedValues = NewType("CheckedValues", dict[str, object])
"""Attributes of an item, each right by itself."""


class Field(NamedTuple):
    attribute: str
    check: Callable[[str], object]
    description: str
    metavar: str
    option: str = ""  # where it is not the attribute's name
    required: bool = True

    @property
    def flag(self) -> str:
        return f"--{self.option or self.attribute}"


def _nothing(_item: Mapping[str, Any]) -> Iterator[str]:
    return iter(())


class Kind(NamedTuple):
    stored: RecordKind
    noun: str
    id_prefix: str
    fields: tuple[Field, ...]
    contradictions: Callable[[Mapping[str, Any]], Iterator[str]] = _nothing  # between the attributes there are
    initial: Mapping[str, object] = {}  # attributes that nobody need give

    @property
    def command(self) -> str:
        return self.noun.replace(" ", "-")

    @property
    def one(self) -> str:
        return f"{'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"

    @property
    def shown(self) -> tuple[str, ...]:
        return tuple(self.stored.answered.values())

    def checked(self, given: Mapping[str, str]) -> CheckedValues:
        """What was written for some attributes, in the form to store; all that is wrong is said at once."""
        values, faults = self._read(given)
        _refuse([*faults, *self.contradictions(values)])
        return CheckedValues(values)

    def checked_new(self, given: Mapping[str, str]) -> CheckedValues:
        """What was written for a new record: nothing may lack."""
        values, faults = self._read(given)
        missing = [field.flag for field in self.fields if field.required and field.attribute not in given]
        _refuse([*faults, *self.contradictions(values), *(f"{flag}: This is needed." for flag in missing)])
        return CheckedValues({**self.initial, **values})

    def require_agreement(self, item: Mapping[str, Any]) -> None:
        _refuse(list(self.contradictions(item)))

    def _read(self, given: Mapping[str, str]) -> tuple[dict[str, object], list[str]]:
        values: dict[str, object] = {}
        faults = []
        for field in self.fields:
            if field.attribute in given:
                try:
                    values[field.attribute] = field.check(given[field.attribute])
                except ControlError as failure:
                    faults.append(f"{field.flag}: {failure}")
        return values, faults


def _refuse(faults: list[str]) -> None:
    if faults:
        raise InvalidValuesError(faults)


def counted(number: int, kind: Kind) -> str:
    return f"{number} {kind.noun}{'' if number == 1 else 's'}"


def _checked_expiry(text: str) -> str | None:
    expires_at = expiry.parse_expiry(text)
    return None if expires_at is None else to_iso(expires_at)


def _alert_contradictions(item: Mapping[str, Any]) -> Iterator[str]:
    if item.get("metric") == "bounce_rate" and item.get("threshold", 0) > 1:
        yield "--threshold: A bounce rate is a fraction: write 0.75 for 75 %."


def _report_contradictions(item: Mapping[str, Any]) -> Iterator[str]:
    if "channel" not in item:
        return
    for position, recipient in enumerate(item.get("recipients", ()), start=1):
        if fault := record_values.recipient_fault(item["channel"], recipient):
            yield f"--recipients: Number {position} does not fit the channel {item['channel']}: {fault}."


_NAME = Field("name", checked_name, "what people call it", "NAME")

WEBSITE = Kind(
    records.WEBSITE,
    "website",
    "admx",
    (
        Field("domain", record_values.checked_domain, "domain name, such as shop.example.com", "DOMAIN"),
        _NAME,
    ),
)
GOAL = Kind(
    records.GOAL,
    "goal",
    "goal",
    (
        _NAME,
        Field(
            "selector",
            record_values.checked_selector,
            "CSS selector, or URL pattern that begins with / or https:// and may hold *",
            "SELECTOR",
        ),
    ),
)
ALERT = Kind(
    records.ALERT,
    "alert",
    "alert",
    (
        Field("metric", one_of(record_values.METRICS), f"one of {', '.join(record_values.METRICS)}", "METRIC"),
        Field(
            "threshold",
            record_values.checked_threshold,
            "a number from 0; a fraction from 0 to 1 for bounce_rate",
            "N",
        ),
        Field(
            "channel",
            one_of(record_values.ALERT_CHANNELS),
            f"one of {', '.join(record_values.ALERT_CHANNELS)}",
            "CHANNEL",
        ),
    ),
    _alert_contradictions,
)
REPORT = Kind(
    records.REPORT,
    "report",
    "report",
    (
        Field("cadence", one_of(record_values.CADENCES), f"one of {', '.join(record_values.CADENCES)}", "CADENCE"),
        Field(
            "channel",
            one_of(record_values.REPORT_CHANNELS),
            f"one of {', '.join(record_values.REPORT_CHANNELS)}",
            "CHANNEL",
        ),
        Field(
            "recipients",
            record_values.checked_recipients,
            "1 to 20 with commas between: e-mail addresses, or for slack channels such as '#sales'",
            "LIST",
        ),
    ),
    _report_contradictions,
    {"last_sent_at": None},
)
SHARE_LINK = Kind(
    records.SHARE_LINK,
    "share link",
    "share",
    (
        Field(
            "expires_at",
            _checked_expiry,
            f"when it stops working: {expiry.FORMS}",
            "WHEN",
            option="expires",
            required=False,
        ),
    ),
    initial={"expires_at": None},
)

OF_A_WEBSITE = (GOAL, ALERT, REPORT, SHARE_LINK)
