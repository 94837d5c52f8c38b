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
    Browser,
    Country,
    Currency,
    Device,
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
    Scroll,
    ShortText,
    System,
    Timestamp,
    Traits,
    Url,
    Value,
    VisibleMs,
    WebsiteId,
)
from pixel.foundation.errors import ErrorCode, FieldErrors
from pixel.foundation.spelling import choices, nearest
from pixel.http.field_checks import Fields, add_faults, errors_of, invalid

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
    device: Device | None = None
    browser: Browser | None = None
    os: System | None = None
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
        if refund_id is not None and validated.data.get("transaction_id", "") is None:
            raise invalid("tells refunds of one transaction apart; send its `transaction_id` too, or omit it.")
        return refund_id


class Engagement(CommonFields):
    """How long a visitor saw a page, and how much of it; browsers alone send it."""

    name: Literal["engagement"]
    visible_ms: VisibleMs
    scroll_pct: Scroll = 0

    @model_validator(mode="after")
    def _check_page(self) -> Self:
        if self.url is None and not self.path:
            raise PydanticCustomError(_NO_PAGE, "see _add_page_fault")
        return self


class Identify(Body):
    """The link between a visitor and a person in the sender's system."""

    website_id: WebsiteId
    visitor_id: Identifier
    external_id: ExternalId
    traits: Traits | None = None


Event = Pageview | Custom | Payment
_MODELS: dict[str, type[Event]] = {"pageview": Pageview, "custom": Custom, "payment": Payment}
FIELD_NAMES = frozenset(name for model in (*_MODELS.values(), Identify) for name in model.model_fields)

EVENT_ADAPTER: TypeAdapter[Event] = TypeAdapter(
    Annotated[Event, Field(discriminator="name")], config=_BUILT_AT_FIRST_USE
)
IDENTIFY = "identify"
_NAMES = tuple(_MODELS)
_NAMES_WITH_IDENTIFY = (*_NAMES, IDENTIFY)
ENGAGEMENT = "engagement"
AnyCollected = Event | Engagement | Identify
_COLLECTED_NAMES = (*_NAMES, ENGAGEMENT, IDENTIFY)
_CODES_OF_NAME = {"union_tag_not_found": "missing", "union_tag_invalid": "invalid"}


def read_event(given: Any) -> Event:
    """Return the validated event. Raises ApiError with all errors."""
    return _read_event(given, _NAMES)


def read_identify(given: Any) -> Identify:
    """Return the validated identify. Raises ApiError with all errors."""
    try:
        return Identify.model_validate(given)
    except ValidationError as failure:
        errors = errors_of(failure, Identify.model_validate, given)
    faults = FieldErrors()
    if not isinstance(given, dict):
        faults.add("body", "wrong_type", "An identify must be a JSON object.")
    else:
        _add_faults(faults, errors, Identify.model_fields)
    raise faults.as_error(ErrorCode.INVALID_BODY)


def read_event_or_identify(given: Any) -> Event | Identify:
    """Return the event or identify of a source that accepts both; an identify has `identify` as its name."""
    if isinstance(given, dict) and given.get("name") == IDENTIFY:
        return read_identify({field: value for field, value in given.items() if field != "name"})
    return _read_event(given, _NAMES_WITH_IDENTIFY)


def read_collected(given: Any) -> AnyCollected:
    """Return the event of a browser, which may also be an engagement. Raises ApiError with all errors."""
    if not isinstance(given, dict) or given.get("name") == IDENTIFY:
        return read_event_or_identify(given)
    if given.get("name") != ENGAGEMENT:
        return _read_event(given, _COLLECTED_NAMES)
    try:
        return Engagement.model_validate(given)
    except ValidationError as failure:
        errors = errors_of(failure, Engagement.model_validate, given)
    faults = FieldErrors()
    _add_faults(faults, errors, Engagement.model_fields)
    _add_page_fault(faults, given)
    raise faults.as_error(ErrorCode.INVALID_BODY)


def is_too_large(event: Any) -> bool:
    """Return whether the event exceeds EVENT_BYTES_MAX as compact JSON."""
    return len(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")) > EVENT_BYTES_MAX


def _read_event(given: Any, names: tuple[str, ...]) -> Event:
    try:
        return EVENT_ADAPTER.validate_python(given)
    except ValidationError as failure:
        errors = errors_of(failure, EVENT_ADAPTER.validate_python, given)
    faults = FieldErrors()
    if not isinstance(given, dict):
        faults.add("body", "wrong_type", "An event must be a JSON object.")
    elif (kind := errors[0]["type"]) in _CODES_OF_NAME:
        faults.add("name", _CODES_OF_NAME[kind], _sentence_about_name(given.get("name"), names))
        _add_common_faults(faults, given)
    else:
        _add_faults(faults, errors, _MODELS[given["name"]].model_fields, depth=1)
        _add_page_fault(faults, given)
    raise faults.as_error(ErrorCode.INVALID_BODY)


def _sentence_about_name(given: Any, names: tuple[str, ...]) -> str:
    listed = choices(names)
    if given is None:
        return f"`name` is required: {listed}."
    suggestion = nearest(given, names) if isinstance(given, str) else None
    return f"`name` must be {listed}" + (f"; did you mean `{suggestion}`?" if suggestion else ".")


def _add_page_fault(faults: FieldErrors, given: dict[str, Any]) -> None:
    """Add the error of a pageview without a page, which pydantic does not report if the event has other errors."""
    is_missing = given.get("url") is None and not given.get("path")
    if given["name"] in {"pageview", ENGAGEMENT} and is_missing and not faults.has("path"):
        article = "A" if given["name"] == "pageview" else "An"
        faults.add("path", "missing", f"{article} {given['name']} must have a `path` or a `url`.")


def _add_common_faults(faults: FieldErrors, given: dict[str, Any]) -> None:
    """Add the errors of an event with an unknown name that are errors under every name."""
    judged = {
        name: value for name, value in given.items() if name in CommonFields.model_fields or name not in FIELD_NAMES
    }
    try:
        CommonFields.model_validate(judged)
    except ValidationError as failure:
        _add_faults(faults, errors_of(failure, CommonFields.model_validate, judged), FIELD_NAMES)


def _add_faults(faults: FieldErrors, errors: list[ErrorDetails], known: Collection[str], *, depth: int = 0) -> None:
    told = [error for error in errors if error["type"] != _NO_PAGE]
    add_faults(faults, told, Fields(known, "a field of this event"), depth=depth)
