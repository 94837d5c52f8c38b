"""Alerts: a metric, a threshold, and the channel to notify."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from pixel.http.field_checks import invalid, wrong_type
from pixel.workspaces.kinds import ALERT, AlertChannel, Metric
from pixel.workspaces.models import UNCHANGED, RecordModel, WebsiteId, one_of
from pixel.workspaces.rules import Conflict, Rules

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


def _exceeds_fraction(metric: object, threshold: float) -> bool:
    return metric == "bounce_rate" and threshold > 1


def _fits_metric(threshold: float, info: ValidationInfo) -> float:
    if _exceeds_fraction(info.data.get("metric"), threshold):
        raise invalid(_FRACTION)
    return threshold


def _conflicts(item: Mapping[str, Any]) -> Iterator[Conflict]:
    if _exceeds_fraction(item["metric"], item["threshold"]):
        yield Conflict("threshold", _FRACTION)


Threshold = Annotated[
    int | float,
    BeforeValidator(checked_threshold),
    AfterValidator(_fits_metric),
    Field(json_schema_extra={"minimum": 0}),
]
OneMetric = Annotated[Metric, one_of(Metric)]
OneChannel = Annotated[AlertChannel, one_of(AlertChannel)]


class NewAlert(RecordModel):
    """An alert to be created."""

    website_id: WebsiteId
    metric: OneMetric
    threshold: Threshold
    channel: OneChannel


class AlertChanges(RecordModel):
    """Changes to an alert."""

    metric: OneMetric = UNCHANGED
    threshold: Threshold = UNCHANGED
    channel: OneChannel = UNCHANGED


ALERTS = Rules(ALERT, NewAlert, AlertChanges, _conflicts)
