"""The models of events: one for each event name, used for requests, batches, files and all other sources."""

import json
from collections.abc import Collection
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from pixel.events.fields import (
    Amount,
    Country,
    Currency,
    Email,
    EventId,
    ExternalId,
    Flag,
    Identifier,
    LongText,
    MediumText,
    Quantity,
    Scalars,
    Screen,
    ShortText,
    Timestamp,
    Url,
    Value,
    WebsiteId,
)
from pixel.foundation.errors import ErrorCode, FieldErrors
from pixel.http.field_checks import code_and_ending, invalid, own_message

EVENT_BYTES_MAX = 32 * 1024
EVENTS_MAX = 1000  # in a body or a message
_NO_PAGE = "no_page"
# A function builds only the models that it uses, at its first event.
_BUILT_AT_FIRST_USE = ConfigDict(defer_build=True)


class Body(BaseModel):
    """The base of all models, which rejects unknown fields."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class CommonFields(Body):
    """The fields that events of all names may have."""

    website_id: WebsiteId
    visitor_id: Identifier | None = None
    event_id: EventId | None = None
    timestamp: Timestamp | None = None
    session_id: Identifier | None = None
    url: Url | None = None
    path: LongText | None = None
    referrer: LongText | None = None
    title: MediumText | None = None
    user_agent: LongText | None = None
    language: ShortText | None = None
    country: Country | None = None
    region: ShortText | None = None
    city: ShortText | None = None
    device: ShortText | None = None
    browser: ShortText | None = None
    os: ShortText | None = None
    screen: Screen | None = None
    utm_source: MediumText | None = None
    utm_medium: MediumText | None = None
    utm_campaign: MediumText | None = None
    utm_term: MediumText | None = None
    utm_content: MediumText | None = None
    properties: Scalars | None = None


class Pageview(CommonFields):
    """A page that a visitor viewed."""

    name: Literal["pageview"]

    @model_validator(mode="after")
    def _check_page(self) -> Self:
        if self.url is None and not self.path:
            raise PydanticCustomError(_NO_PAGE, "see _add_page_fault")
        return self


class Custom(CommonFields):
    """A goal that a visitor reached."""

    name: Literal["custom"]
    goal_name: Identifier
    value: Value | None = None
    currency: Currency | None = None


class Payment(CommonFields):
    """A payment or a refund."""

    name: Literal["payment"]
    amount: Amount
    currency: Currency
    refund: Flag = False
    transaction_id: Identifier | None = None
    refund_id: Identifier | None = None
    product_name: MediumText | None = None
    quantity: Quantity = 1
    email: Email | None = None

    @field_validator("refund_id")
    @classmethod
    def _check_refund_id(cls, refund_id: str | None, validated: ValidationInfo) -> str | None:
        if refund_id is not None and validated.data.get("refund") is False:
            raise invalid("belongs to a refund; send `refund: true` too, or omit it.")
        return refund_id


class Identify(Body):
    """The link between a visitor and a person in the sender's system."""

    website_id: WebsiteId
    visitor_id: Identifier
    external_id: ExternalId
    traits: Scalars | None = None


Event = Pageview | Custom | Payment
_MODELS: dict[str, type[Event]] = {"pageview": Pageview, "custom": Custom, "payment": Payment}
FIELD_NAMES = frozenset(name for model in (*_MODELS.values(), Identify) for name in model.model_fields)

EVENT_ADAPTER: TypeAdapter[Event] = TypeAdapter(
    Annotated[Event, Field(discriminator="name")], config=_BUILT_AT_FIRST_USE
)
_NAMES = "pageview, custom or payment"
_FAULTS_OF_NAME = {
    "union_tag_not_found": ("missing", f"is required: {_NAMES}."),
    "union_tag_invalid": ("invalid", f"must be {_NAMES}."),
}


def read_event(given: Any) -> Event:
    """Return the validated event. Raises ApiError with all errors."""
    try:
        return EVENT_ADAPTER.validate_python(given)
    except ValidationError as failure:
        errors = failure.errors(include_url=False, include_input=False)
    faults = FieldErrors()
    if name := next(iter(errors[0]["loc"]), None):
        _add_faults(faults, errors, _MODELS[str(name)].model_fields, depth=1)
        _add_page_fault(faults, given)
    else:
        _add_faults(faults, errors, ())
        if isinstance(given, dict):
            _add_common_faults(faults, given)
    raise faults.as_error(ErrorCode.INVALID_BODY)


def read_identify(given: Any) -> Identify:
    """Return the validated identify. Raises ApiError with all errors."""
    try:
        return Identify.model_validate(given)
    except ValidationError as failure:
        errors = failure.errors(include_url=False, include_input=False)
    faults = FieldErrors()
    _add_faults(faults, errors, Identify.model_fields)
    raise faults.as_error(ErrorCode.INVALID_BODY)


def read_event_or_identify(given: Any) -> Event | Identify:
    """Return the event or identify of a source that accepts both; an identify has `identify` as its name."""
    if isinstance(given, dict) and given.get("name") == "identify":
        return read_identify({field: value for field, value in given.items() if field != "name"})
    return read_event(given)


def is_too_large(event: Any) -> bool:
    """Return whether the event exceeds EVENT_BYTES_MAX as compact JSON."""
    return len(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")) > EVENT_BYTES_MAX


def _add_page_fault(faults: FieldErrors, given: dict[str, Any]) -> None:
    """Add the error of a pageview without a page, which pydantic does not report if the event has other errors."""
    is_missing = given.get("url") is None and not given.get("path")
    if given["name"] == "pageview" and is_missing and not faults.has("path"):
        faults.add("path", "missing", "A pageview must have a `path` or a `url`.")


def _add_common_faults(faults: FieldErrors, given: dict[str, Any]) -> None:
    """Add the errors of an event with an unknown name that are errors under every name."""
    judged = {
        name: value for name, value in given.items() if name in CommonFields.model_fields or name not in FIELD_NAMES
    }
    try:
        CommonFields.model_validate(judged)
    except ValidationError as failure:
        _add_faults(faults, failure.errors(include_url=False, include_input=False), FIELD_NAMES)


def _add_faults(faults: FieldErrors, errors: list[ErrorDetails], known: Collection[str], *, depth: int = 0) -> None:
    """Add pydantic's errors with the API's messages, skipping the first `depth` parts of each location."""
    for error in errors:
        kind, place = error["type"], ".".join(str(part) for part in error["loc"][depth:])
        if kind in ("model_type", "model_attributes_type"):
            faults.add("body", "wrong_type", "An event must be a JSON object.")
        elif kind == "extra_forbidden" and not place:
            faults.add("body", "unknown", "Every field must have a name.")
        elif kind == "extra_forbidden":
            faults.add_unknown(place, known, "a field of this event")
        elif kind in _FAULTS_OF_NAME:
            code, ending = _FAULTS_OF_NAME[kind]
            faults.add("name", code, f"`name` {ending}")
        elif kind == "string_unicode":
            faults.add("body", "invalid", "Names of fields must be valid Unicode.")
        elif (message := own_message(error)) is not None:
            faults.add(place, kind, f"`{place}` {message}")
        elif kind != _NO_PAGE:
            code, ending = code_and_ending(error)
            faults.add(place, code, f"`{place}` {ending}")
