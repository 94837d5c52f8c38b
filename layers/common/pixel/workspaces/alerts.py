"""Alerts: what of a website is watched, what it is compared with, and whom to tell."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Final, override

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from pixel.http.field_checks import invalid, wrong_type
from pixel.workspaces.alert_fields import (
    CURRENCY_FILTER,
    GOAL_FILTER,
    AlertFilters,
    Clear,
    CooldownMinutes,
    MinVolume,
    OneChannel,
    OneDirection,
    OneKind,
    OneMetric,
    OneMissing,
    OneWindow,
    Quiet,
    WindowsToEnd,
    WindowsToFire,
)
from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.following import follow_alert
from pixel.workspaces.models import UNCHANGED, Expiry, Flag, Name, RecordModel, WebsiteId
from pixel.workspaces.recipients import Recipients, recipient_conflicts
from pixel.workspaces.rules import Conflict, Rules

Z_DEFAULT: Final = 3.5
Z_MIN, Z_MAX = 2.5, 8
_THRESHOLD_MAX = 1_000_000_000_000
_DECIMALS_MAX = 6
_FRACTION = "must be a fraction from 0 to 1 for bounce_rate, such as 0.75 for 75 %."


def checked_threshold(value: Any) -> int | float:
    """Return the validated threshold, as an int if it is whole."""
    sentence = "must be a number of at least 0, with at most 12 digits before the decimal point and 6 after it."
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong_type(sentence)
    if not 0 <= value < _THRESHOLD_MAX or round(value, _DECIMALS_MAX) != value:
        raise invalid(sentence)
    return value if value % 1 else int(value)


def _threshold_fault(alert: Mapping[str, Any]) -> str | None:
    """Return the end of the message about a threshold that does not fit the other fields, or None if it does."""
    threshold = alert["threshold"]
    match alert["kind"]:
        case "anomaly" if not Z_MIN <= threshold <= Z_MAX:
            return f"must be from {Z_MIN} to {Z_MAX} for anomaly."
        case "change" if threshold <= 0:
            return "must be more than 0 for change, such as 0.5 for half as much again."
        case "change" if threshold > 1 and alert["direction"] == "below":
            return "must be a fraction from 0 to 1 for a change below, such as 0.5 for half as much."
        case "threshold" if alert.get("metric") == "bounce_rate" and threshold > 1:
            return _FRACTION
    return None


def _direction_fault(alert: Mapping[str, Any]) -> str | None:
    if alert["direction"] == "either" and alert["kind"] != "anomaly":
        return "must be above or below unless `kind` is anomaly."
    return None


def _filters_fault(alert: Mapping[str, Any]) -> str | None:
    for name, metric in ((GOAL_FILTER, "conversions"), (CURRENCY_FILTER, "revenue")):
        if name in alert["filters"] and alert.get("metric") != metric:
            return f"must not have {name} unless `metric` is {metric}."
    return None


_FAULTS: Mapping[str, Callable[[Mapping[str, Any]], str | None]] = {
    "threshold": _threshold_fault,
    "direction": _direction_fault,
    "filters": _filters_fault,
}
"""What is wrong with a field of an alert beside the others."""


def _conflicts(item: Mapping[str, Any]) -> Iterator[Conflict]:
    alert = {**ALERT.defaults, **item}
    for field, fault_of in _FAULTS.items():
        if fault := fault_of(alert):
            yield Conflict(field, fault)
    yield from recipient_conflicts(alert["channel"], alert.get("recipients") or ())


def _fits(value: Any, info: ValidationInfo) -> Any:
    """Check a field of a new alert beside those that its model has before it."""
    given = {name: one for name, one in info.data.items() if one is not None}
    field = str(info.field_name)
    if fault := _FAULTS[field]({**ALERT.defaults, **given, field: value}):
        raise invalid(fault)
    return value


Threshold = Annotated[int | float, BeforeValidator(checked_threshold), Field(json_schema_extra={"minimum": 0})]


class _AlertModel(RecordModel):
    """A model with the field `for`, which is a word of Python too."""

    @override
    def given(self) -> dict[str, object]:
        return {"for" if name == "for_" else name: value for name, value in super().given().items()}


class NewAlert(_AlertModel):
    """An alert to be created. Without recipients it is evaluated, and nobody is told unless its channel is webhook."""

    website_id: WebsiteId
    metric: OneMetric
    kind: OneKind = UNCHANGED
    direction: Annotated[OneDirection, AfterValidator(_fits)] = UNCHANGED
    threshold: Annotated[Threshold, AfterValidator(_fits)]
    channel: OneChannel
    recipients: Recipients | None = UNCHANGED
    name: Name | None = UNCHANGED
    window: OneWindow = UNCHANGED
    filters: Annotated[AlertFilters, AfterValidator(_fits)] = UNCHANGED
    min_volume: MinVolume = UNCHANGED
    for_: Annotated[WindowsToFire | None, Field(alias="for")] = UNCHANGED
    recover: WindowsToEnd = UNCHANGED
    clear: Clear = UNCHANGED
    cooldown_minutes: CooldownMinutes = UNCHANGED
    missing: OneMissing = UNCHANGED
    quiet_hours: Quiet | None = UNCHANGED
    snoozed_until: Expiry | None = UNCHANGED
    enabled: Flag = UNCHANGED

    @model_validator(mode="before")
    @classmethod
    def _default_of_anomaly(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("kind") == "anomaly":
            return {"threshold": Z_DEFAULT, **given}
        return given


class AlertChanges(_AlertModel):
    """Changes to an alert; null removes the recipients, the name, the quiet hours, the snooze, or the own `for`."""

    metric: OneMetric = UNCHANGED
    kind: OneKind = UNCHANGED
    direction: OneDirection = UNCHANGED
    threshold: Threshold = UNCHANGED
    channel: OneChannel = UNCHANGED
    recipients: Recipients | None = UNCHANGED
    name: Name | None = UNCHANGED
    window: OneWindow = UNCHANGED
    filters: AlertFilters = UNCHANGED
    min_volume: MinVolume = UNCHANGED
    for_: Annotated[WindowsToFire | None, Field(alias="for")] = UNCHANGED
    recover: WindowsToEnd = UNCHANGED
    clear: Clear = UNCHANGED
    cooldown_minutes: CooldownMinutes = UNCHANGED
    missing: OneMissing = UNCHANGED
    quiet_hours: Quiet | None = UNCHANGED
    snoozed_until: Expiry | None = UNCHANGED
    enabled: Flag = UNCHANGED


ALERTS = Rules(ALERT, NewAlert, AlertChanges, _conflicts, follow=follow_alert)
