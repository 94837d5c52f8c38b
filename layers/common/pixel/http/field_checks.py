"""Refusals of a field's value: those that our checks raise, and what callers read of pydantic's own.

A message must never repeat a value, and pydantic's own may, so each of its error types has a code and a message here.
"""

from typing import Final

from pydantic_core import ErrorDetails, PydanticCustomError

_OWN_CODES: Final = {"invalid", "wrong_type", "too_long"}
# From pydantic's error types to codes and ends of messages that begin with the field's name.
_FAULTS: Final = {
    "missing": ("missing", "is required."),
    "bool_type": ("wrong_type", "must be true or false."),
    "bool_parsing": ("invalid", "must be true or false."),
    "list_type": ("wrong_type", "must be an array."),
    "string_unicode": ("invalid", "must be valid Unicode."),
}
_UNFORESEEN: Final = ("invalid", "is invalid.")


def invalid(sentence: str) -> PydanticCustomError:
    """Return the error for an invalid value. The sentence must be a literal without braces."""
    return PydanticCustomError("invalid", sentence)


def wrong_type(sentence: str) -> PydanticCustomError:
    """Return the error for a value of the wrong type."""
    return PydanticCustomError("wrong_type", sentence)


def too_long(sentence: str) -> PydanticCustomError:
    """Return the error for a value that exceeds the limit of its field."""
    return PydanticCustomError("too_long", sentence)


def own_message(error: ErrorDetails) -> str | None:
    """Return the message of an error that one of our checks raised, or None for pydantic's own errors."""
    return error["msg"] if error["type"] in _OWN_CODES else None


def code_and_ending(error: ErrorDetails) -> tuple[str, str]:
    """Return the code of pydantic's error, and how a message that begins with the field's name goes on."""
    return _FAULTS.get(error["type"], _UNFORESEEN)
