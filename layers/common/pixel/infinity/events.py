"""Events of Infinity Metrics, and the events of the core that they are."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from pixel.events.fields import (
    EventId,
    Identifier,
    LongText,
    MediumText,
    Scalars,
    ShortText,
    Url,
    check_identifier,
    check_timestamp,
)
from pixel.events.models import Body
from pixel.foundation import JsonObject
from pixel.foundation.clock import is_instant, read_instant
from pixel.foundation.errors import ErrorCode, FieldErrors
from pixel.http.field_checks import Fields, add_faults, errors_of, invalid, wrong_type

_NAME_REQUIRED: Final = "Event name is required"  # as Infinity Metrics says it
_NAMES_OF_PAGEVIEWS: Final = ("page_view", "pageview")
_NOT_A_MOMENT: Final = "must be ISO 8601, such as 2026-04-01T09:30:00Z; without a time zone it is in UTC."


def _check_name(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise PydanticCustomError("missing", _NAME_REQUIRED)
    return check_identifier(value)


def _check_moment(value: Any) -> str:
    """Return the moment with a time zone."""
    if not isinstance(value, str):
        raise wrong_type(_NOT_A_MOMENT)
    moment = value if is_instant(value) else f"{value}Z"
    try:
        read_instant(moment)
    except (ValueError, OverflowError):
        raise invalid(_NOT_A_MOMENT) from None
    check_timestamp(moment)
    return moment


EventName = Annotated[str, BeforeValidator(_check_name)]
Moment = Annotated[str, BeforeValidator(_check_moment)]


class SiteEvent(Body):
    """Something that happened on the website of the key."""

    event_name: EventName
    metadata: Scalars | None = None
    visitor_id: Identifier | None = None
    timestamp: Moment | None = None
    event_id: EventId | None = None


class SitePage(BaseModel):
    """The page of a page view, which is sent within `metadata`."""

    model_config = ConfigDict(defer_build=True)

    url: Url | None = None
    path: LongText | None = None
    referrer: LongText | None = None
    title: MediumText | None = None
    user_agent: LongText | None = None
    language: ShortText | None = None


def read_event(given: Any, website_id: str) -> JsonObject:
    """Return the event of the core that an event is. Raises ApiError with all errors."""
    page, rest = _split(given)
    faults = FieldErrors()
    read = read_fields(SiteEvent, rest, faults, Fields(SiteEvent.model_fields, "a field of this event"))
    page_errors = _errors_of(SitePage, page) if page else []
    in_metadata: list[ErrorDetails] = [{**error, "loc": ("metadata", *error["loc"])} for error in page_errors]
    add_faults(faults, in_metadata, Fields((), ""))
    faults.raise_any(ErrorCode.INVALID_BODY)
    if page:
        return {"website_id": website_id, "name": "pageview", **page, **common_fields(read)}
    return {"website_id": website_id, "name": "custom", "goal_name": read["event_name"], **common_fields(read)}


def read_fields(model: type[Body], given: Any, faults: FieldErrors, fields: Fields) -> JsonObject:
    """Return the fields of a body that are not null, and add its errors to the faults."""
    if not isinstance(given, Mapping):
        faults.add("body", "wrong_type", "The body must be a JSON object.")
        return {}
    try:
        read = model.model_validate(given)
        return {name: value for name in model.model_fields if (value := getattr(read, name)) is not None}
    except ValidationError as failure:
        add_faults(faults, errors_of(failure, model.model_validate, given), fields)
    faults.found = [
        fault._replace(message=_NAME_REQUIRED) if (fault.path, fault.code) == ("event_name", "missing") else fault
        for fault in faults.found
    ]
    return {}


def common_fields(read: JsonObject) -> JsonObject:
    """Return the fields of the core for those that all bodies have."""
    named = {name: read[name] for name in ("visitor_id", "timestamp", "event_id") if name in read}
    return named | ({"properties": read["metadata"]} if read.get("metadata") else {})


def _split(given: Any) -> tuple[JsonObject, Any]:
    """Return the page of a page view, or nothing of another event, and the event without it.

    The page is taken out of `metadata` before that is checked, because an address may be longer than a property.
    """
    match given:
        case {"event_name": str(name), "metadata": {**metadata}} if name.strip() in _NAMES_OF_PAGEVIEWS:
            page = {field: metadata[field] for field in SitePage.model_fields if metadata.get(field) is not None}
            if page.get("url", "") != "" or page.get("path", "") != "":
                rest = {field: value for field, value in metadata.items() if field not in SitePage.model_fields}
                return page, {**given, "metadata": rest}
    return {}, given


def _errors_of(model: type[BaseModel], given: JsonObject) -> list[ErrorDetails]:
    try:
        model.model_validate(given)
    except ValidationError as failure:
        return errors_of(failure, model.model_validate, given)
    return []
