"""The models of rules: where a link leads under conditions, instead of its own destination."""

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StrictBool, ValidationInfo, model_validator

from pixel.http.field_checks import invalid, too_long, wrong_type
from pixel.links.models import Destination, Instant
from pixel.links.rules_fields import checked_field, checked_operator, checked_value
from pixel.workspaces.models import UNCHANGED, Name, RecordModel, one_of, text
from pixel.workspaces.websites import TimeZone

ConditionLogic = Literal["AND", "OR"]
Sticky = Literal["hash", "cookie"]

RULES_MAX: Final = 25
CONDITIONS_MAX: Final = 10
DESTINATIONS_MIN: Final = 2
DESTINATIONS_MAX: Final = 10
WEIGHT_MAX: Final = 1000
PRIORITY_MAX: Final = 1000
DESCRIPTION_CHARACTERS_MAX: Final = 500
DEFAULTS: Final = {
    "condition_logic": "AND",
    "priority": 100,
    "enabled": True,
    "timezone": "UTC",
    "sticky": "hash",
}
_NOT_NESTED = frozenset({"conditions", "conditionLogic", "condition_logic", "all", "any", "rules"})


def _number(highest: int) -> BeforeValidator:
    """Return the check of a whole number from 1."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type("must be a whole number.")
        if not 1 <= value <= highest:
            raise invalid(f"must be a number from 1 to {highest:,}.")
        return value

    return BeforeValidator(check)


def _operator(value: Any, info: ValidationInfo) -> str:
    word = text(value)
    return checked_operator(word, info.data["field"]) if "field" in info.data else word


def _value(value: Any, info: ValidationInfo) -> Any:
    if not {"field", "operator"} <= info.data.keys():
        return value  # one of them is wrong, which is said already
    return checked_value(value, info.data["field"], info.data["operator"])


def _description(value: Any) -> str:
    written = text(value).strip()
    if any(not (character.isprintable() or character in "\n\t") for character in written):
        raise invalid("must not contain control characters.")
    if len(written) > DESCRIPTION_CHARACTERS_MAX:
        raise too_long(f"must have at most {DESCRIPTION_CHARACTERS_MAX} characters.")
    return written


def _list(fewest: int, most: int, noun: str) -> BeforeValidator:
    """Return the check of an array's length."""

    def check(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise wrong_type(f"must be an array of {noun}.")
        if not fewest <= len(value) <= most:
            raise invalid(f"must have {fewest} to {most} {noun}.")
        return value

    return BeforeValidator(check)


FieldName = Annotated[str, BeforeValidator(checked_field)]
Operator = Annotated[str, BeforeValidator(_operator)]
Value = Annotated[Any, BeforeValidator(_value)]
Weight = Annotated[int, _number(WEIGHT_MAX)]


class Condition(RecordModel):
    """What must be true of a visit: a field, an operator, and what the field is compared with."""

    field: FieldName
    operator: Operator
    value: Value = Field(default=None, validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _is_not_nested(cls, given: Any) -> Any:
        if isinstance(given, dict) and _NOT_NESTED & given.keys():
            raise invalid("must not hold other conditions; write several rules instead.")
        return given

    def given(self) -> dict[str, object]:
        value = {} if self.value is None else {"value": self.value}
        return {"field": self.field, "operator": self.operator, **value}


class WeightedDestination(RecordModel):
    """One of several destinations, which gets a share of the visitors by its weight."""

    url: Destination
    weight: Weight


def _distinct(destinations: list[WeightedDestination]) -> list[WeightedDestination]:
    if len({one.url for one in destinations}) < len(destinations):
        raise invalid("must not contain an address twice.")
    return destinations


Priority = Annotated[int, _number(PRIORITY_MAX), Field(ge=1, le=PRIORITY_MAX)]
Description = Annotated[str, BeforeValidator(_description), Field(max_length=DESCRIPTION_CHARACTERS_MAX)]
Conditions = Annotated[list[Condition], _list(1, CONDITIONS_MAX, "conditions with field, operator and value")]
Destinations = Annotated[
    list[WeightedDestination],
    _list(DESTINATIONS_MIN, DESTINATIONS_MAX, "destinations with url and weight"),
    AfterValidator(_distinct),
]


OneLogic = Annotated[ConditionLogic, one_of(ConditionLogic)]
OneSticky = Annotated[Sticky, one_of(Sticky)]
Trigger = Annotated[Literal["link", "qr"], one_of(Literal["link", "qr"])]
PlainText = Annotated[str, BeforeValidator(text)]


class _Fields(RecordModel):
    """The fields that can be set when a rule is created and later; None removes an optional one."""

    model_config = ConfigDict(validate_default=False)

    description: Description | None = UNCHANGED
    destination_url: Destination | None = UNCHANGED
    destinations: Destinations | None = UNCHANGED
    condition_logic: OneLogic = UNCHANGED
    priority: Priority = UNCHANGED
    enabled: StrictBool = UNCHANGED
    starts_at: Instant | None = UNCHANGED
    ends_at: Instant | None = UNCHANGED
    timezone: TimeZone = UNCHANGED
    sticky: OneSticky = UNCHANGED

    def given(self) -> dict[str, object]:
        """Return the fields that were set, in their stored form."""
        return {name: _plain(value) for name, value in super().given().items()}


class NewRule(_Fields):
    """A rule to be created. The link that it belongs to never changes."""

    link_id: PlainText
    name: Name
    conditions: Conditions


class RuleChanges(_Fields):
    """Changes to a rule."""

    name: Name = UNCHANGED
    conditions: Conditions = UNCHANGED


class SimulatedRequest(RecordModel):
    """A visit that is made up, to see where it would lead. What is not given is absent."""

    country: PlainText = ""
    user_agent: PlainText = ""
    language: PlainText = ""
    referrer: PlainText = ""
    query: dict[str, str] = Field(default_factory=dict)
    ip: PlainText = ""
    trigger: Trigger = "link"
    returning: StrictBool = False


def _plain(value: object) -> object:
    if isinstance(value, RecordModel):
        return value.given()
    return [_plain(one) for one in value] if isinstance(value, list) else value
