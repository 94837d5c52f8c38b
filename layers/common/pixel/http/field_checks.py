"""Refusals of a field's value: those that our checks raise, and what callers read of pydantic's own.

A message must never repeat a value, and pydantic's own may, so each of its error types has a code and a message here.
Every message of a field is a sentence that begins with the field's name and says what its value must be.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from pixel.foundation.errors import FieldErrors

_OWN_CODES: Final = {
    *("invalid", "wrong_type", "too_long"),
    *(
        "scheme",
        "credentials",
        "host_not_public",
        "lookalike",
        "reserved",
        "not_available",
    ),  # of short links, their destinations and rules
}
# From pydantic's error types to codes and ends of messages that begin with the field's name.
_FAULTS: Final = {
    "missing": ("missing", "is required."),
    "bool_type": ("wrong_type", "must be true or false."),
    "bool_parsing": ("invalid", "must be true or false."),
    "list_type": ("wrong_type", "must be an array."),
    **dict.fromkeys(("model_type", "dict_type"), ("wrong_type", "must be an object.")),
}
_UNFORESEEN: Final = ("invalid", "is invalid.")
_NAME_NOT_UNICODE: Final = "string_unicode"


class Fields(NamedTuple):
    """The fields that a body may have, and what a message calls one of them, such as "a field of this event"."""

    known: Collection[str]
    role: str
    written: Mapping[str, str] = {}  # names of bodies by those of models, where they differ


def invalid(sentence: str) -> PydanticCustomError:
    """Return the error for an invalid value. The sentence must be a literal without braces."""
    return PydanticCustomError("invalid", sentence)


def wrong_type(sentence: str) -> PydanticCustomError:
    """Return the error for a value of the wrong type."""
    return PydanticCustomError("wrong_type", sentence)


def too_long(sentence: str) -> PydanticCustomError:
    """Return the error for a value that exceeds the limit of its field."""
    return PydanticCustomError("too_long", sentence)


def sentence_about(place: str, ending: str) -> str:
    """Return the message about a field."""
    return f"`{place}` {ending}"


def errors_of(failure: ValidationError, validate: Callable[[Any], object], given: Any) -> list[ErrorDetails]:
    """Return all errors of what was given to `validate`.

    Pydantic stops at a name that is not valid Unicode, so the other fields are validated again without such names.
    """
    found = failure.errors(include_url=False, include_input=False)
    stopped = [error for error in found if error["type"] == _NAME_NOT_UNICODE]
    if not stopped or not isinstance(given, Mapping):
        return found
    try:
        validate({name: value for name, value in given.items() if _is_unicode(name)})
    except ValidationError as other:
        return [*stopped, *other.errors(include_url=False, include_input=False)]
    return stopped


def add_faults(faults: FieldErrors, errors: Collection[ErrorDetails], fields: Fields, *, depth: int = 0) -> None:
    """Add pydantic's errors with the API's messages, skipping the first `depth` parts of each location."""
    for error in errors:
        kind, parts = error["type"], [str(part) for part in error["loc"][depth:]]
        if kind != "extra_forbidden":
            parts = [fields.written.get(part, part) for part in parts]
        place = ".".join(parts)
        if kind == _NAME_NOT_UNICODE:
            faults.add("body", "invalid", "Names of fields must be valid Unicode.")
        elif kind == "extra_forbidden" and not place:
            faults.add("body", "unknown", "Every field must have a name.")
        elif kind == "extra_forbidden":
            faults.add_unknown(place, fields.known, fields.role)
        elif kind in _OWN_CODES:
            faults.add(place, kind, sentence_about(place, error["msg"]))
        else:
            code, ending = _FAULTS.get(kind, _UNFORESEEN)
            faults.add(place, code, sentence_about(place, ending))


def _is_unicode(name: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in name)
