"""The fields of alerts: what is compared, how many windows it takes, and when nobody is told."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from pixel.events.filters import FILTERS
from pixel.http.field_checks import invalid, wrong_type
from pixel.workspaces.alert_kind import QuietHours
from pixel.workspaces.dashboard_fields import checked_filters
from pixel.workspaces.models import NAME_CHARACTERS_MAX, one_of, text
from pixel.workspaces.reports import checked_time_of_day
from pixel.workspaces.vocabulary import AlertChannel, AlertDirection, AlertKind, Metric, Missing, Window
from pixel.workspaces.websites import checked_currency

GOAL_FILTER: Final = "goal"
CURRENCY_FILTER: Final = "currency"
ALERT_FILTERS: Final = (*FILTERS, GOAL_FILTER, CURRENCY_FILTER)
MIN_VOLUME_MAX: Final = 1_000_000
WINDOWS_MAX: Final = 10
CLEAR_MAX: Final = 0.5
COOLDOWN_MINUTES_MAX: Final = 10_080
_CLEAR_DECIMALS: Final = 4


def _whole(lowest: int, highest: int) -> Callable[[Any], int]:
    """Return the check of a whole number within bounds."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type("must be a whole number.")
        if not lowest <= value <= highest:
            raise invalid(f"must be from {lowest:,} to {highest:,}.")
        return value

    return check


def _clear(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong_type("must be a number.")
    if not 0 <= value <= CLEAR_MAX or round(value, _CLEAR_DECIMALS) != value:
        raise invalid("must be a fraction from 0 to 0.5, with at most 4 decimal places.")
    return value if value % 1 else int(value)


def _quiet_hours(value: Any) -> QuietHours:
    if not isinstance(value, dict):
        raise wrong_type("must be an object.")
    if set(value) != {"from", "to"}:
        raise invalid("must have from and to, such as 22:00 and 07:00, and nothing else.")
    found: QuietHours = {"from": checked_time_of_day(value["from"]), "to": checked_time_of_day(value["to"])}
    if found["from"] == found["to"]:
        raise invalid("must begin and end at different times; disable the alert to silence it all day.")
    return found


def _filters(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise wrong_type("must be an object whose values are text.")
    own = {name: value[name] for name in (GOAL_FILTER, CURRENCY_FILTER) if name in value}
    if set(value) - set(ALERT_FILTERS):
        raise invalid(f"may have only the filters {', '.join(ALERT_FILTERS)}.")
    found = checked_filters({name: one for name, one in value.items() if name not in own}, FILTERS)
    if "property_value" in found and "property_key" not in found:
        raise invalid("must not have property_value without property_key.")
    if GOAL_FILTER in own:
        found[GOAL_FILTER] = _goal(own[GOAL_FILTER])
    if CURRENCY_FILTER in own:
        found[CURRENCY_FILTER] = checked_currency(own[CURRENCY_FILTER])
    return found


def _goal(value: Any) -> str:
    name = text(value).strip()
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
        raise invalid(f"must have a goal's name of 1 to {NAME_CHARACTERS_MAX} printable characters.")
    return name


OneMetric = Annotated[Metric, one_of(Metric)]
OneChannel = Annotated[AlertChannel, one_of(AlertChannel)]
OneKind = Annotated[AlertKind, one_of(AlertKind)]
OneDirection = Annotated[AlertDirection, one_of(AlertDirection)]
OneWindow = Annotated[Window, one_of(Window)]
OneMissing = Annotated[Missing, one_of(Missing)]
AlertFilters = Annotated[dict[str, str], BeforeValidator(_filters)]
MinVolume = Annotated[int, BeforeValidator(_whole(0, MIN_VOLUME_MAX)), Field(ge=0, le=MIN_VOLUME_MAX)]
WindowsToFire = Annotated[int, BeforeValidator(_whole(1, WINDOWS_MAX)), Field(ge=1, le=WINDOWS_MAX)]
WindowsToEnd = Annotated[int, BeforeValidator(_whole(1, WINDOWS_MAX)), Field(ge=1, le=WINDOWS_MAX)]
Clear = Annotated[int | float, BeforeValidator(_clear), Field(json_schema_extra={"minimum": 0, "maximum": CLEAR_MAX})]
CooldownMinutes = Annotated[int, BeforeValidator(_whole(0, COOLDOWN_MINUTES_MAX)), Field(ge=0, le=COOLDOWN_MINUTES_MAX)]
Quiet = Annotated[dict[str, str], BeforeValidator(_quiet_hours)]
