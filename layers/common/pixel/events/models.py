"""What may be sent: one model per event name, the same for requests, batches and every event source."""

import json
from functools import cache
from typing import Any, Literal

from pydantic_core import CoreSchema, PydanticCustomError, SchemaValidator, ValidationError, core_schema

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
from pixel.events.model_schemas import Model, schema_of
from pixel.foundation.errors import FieldErrors

EVENT_BYTES_MAX = 32 * 1024
EVENTS_MAX = 1000  # in one body, or one message
_NAMES = "pageview, custom or payment"


class _Event(Model):
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


class Pageview(_Event):
    name: Literal["pageview"]


class Custom(_Event):
    name: Literal["custom"]
    goal_name: Identifier
    value: Value | None = None
    currency: Currency | None = None


class Payment(_Event):
    name: Literal["payment"]
    amount: Amount
    currency: Currency
    refund: Flag = False
    transaction_id: Identifier | None = None
    product_name: MediumText | None = None
    quantity: Quantity = 1
    email: Email | None = None


class Identify(Model):
    website_id: WebsiteId
    visitor_id: Identifier
    external_id: ExternalId
    traits: Scalars | None = None


Event = Pageview | Custom | Payment
_SENTENCES = {
    "missing": "This field is required.",
    "extra_forbidden": "There is no such field here; take it out.",
    "model_type": "Send an object.",
    "model_attributes_type": "Send an object.",
    "union_tag_not_found": f"Send name: {_NAMES}.",
    "union_tag_invalid": f"Send name: {_NAMES}.",
}
_CODES = {
    "extra_forbidden": "unknown",
    "model_type": "wrong_type",
    "model_attributes_type": "wrong_type",
    "union_tag_not_found": "missing",
    "union_tag_invalid": "invalid",
}
_OF_NAME = {"union_tag_not_found", "union_tag_invalid"}


def read_event(given: Any) -> Event | FieldErrors:
    try:
        event: Event = _event_validator().validate_python(given)
        return event
    except ValidationError as failure:
        return _faults_of(failure)


def read_identify(given: Any) -> Identify | FieldErrors:
    try:
        identify: Identify = _identify_validator().validate_python(given)
        return identify
    except ValidationError as failure:
        return _faults_of(failure)


def read_event_or_identify(given: Any) -> Event | Identify | FieldErrors:
    """For sources that have one door for all, where an identify is an event with that name."""
    if isinstance(given, dict) and given.get("name") == "identify":
        return read_identify({field: value for field, value in given.items() if field != "name"})
    return read_event(given)


def event_schema() -> CoreSchema:
    """Which model it is, `name` says."""
    pageview = core_schema.no_info_after_validator_function(_check_page, schema_of(Pageview))
    choices = {"pageview": pageview, "custom": schema_of(Custom), "payment": schema_of(Payment)}
    return core_schema.tagged_union_schema(choices, discriminator="name")


def is_too_large(event: Any) -> bool:
    return len(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")) > EVENT_BYTES_MAX


@cache
def _event_validator() -> SchemaValidator:
    return SchemaValidator(event_schema())


@cache
def _identify_validator() -> SchemaValidator:
    return SchemaValidator(schema_of(Identify))


def _check_page(event: Pageview) -> Pageview:
    if event.url is None and not event.path:
        raise PydanticCustomError("missing", "Send path or url.", {"field": "path"})
    return event


def _faults_of(failure: ValidationError) -> FieldErrors:
    faults = FieldErrors()
    for error in failure.errors(include_url=False, include_input=False):
        kind = error["type"]
        place = [str(part) for part in error["loc"] if part not in ("pageview", "custom", "payment")]
        path = "name" if kind in _OF_NAME else ".".join(place) or error.get("ctx", {}).get("field", "body")
        faults.add(path, _CODES.get(kind, kind), _SENTENCES.get(kind) or error["msg"])
    return faults
