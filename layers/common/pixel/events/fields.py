"""Types of the fields of an event: what is taken, what is made of it, and the sentence for what is not.

Every refusal is an error of pydantic's with a code and a sentence of ours: pydantic's own may repeat the value.
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic_core import PydanticCustomError

from pixel.foundation.clock import epoch_seconds
from pixel.foundation.ids import EVENT_ID, EVENT_ID_FORM, WEBSITE_ID, WEBSITE_ID_FORM

_LISTS = Path(__file__).parent / "enrichment" / "reference_data"
# What is forbidden cannot be printed, and whether all of a text can be printed is seen more quickly.
_NOT_IN_TEXT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_NOT_IN_PROPERTY = re.compile(r"[\x00\ud800-\udfff]")
_URL = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)
_SCREEN = re.compile(r"[1-9][0-9]{0,4}x[1-9][0-9]{0,4}")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)", re.ASCII | re.IGNORECASE)
_AHEAD_MAX = timedelta(hours=1)
_AGE_MAX = timedelta(days=5 * 366)
_AMOUNT_MAX = Decimal("999999999.9999")
_DECIMALS_MAX = 4
_PROPERTIES_MAX = 50
_PROPERTY_NAME_CHARACTERS_MAX = 64
_PROPERTY_CHARACTERS_MAX = 1024
_INTEGER_MAX = 2**63 - 1


def invalid(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("invalid", sentence)


def _text(characters_max: int) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise PydanticCustomError("wrong_type", "Send text.")
        if len(value) > characters_max:
            raise PydanticCustomError("too_long", "Send at most {limit} characters.", {"limit": characters_max})
        if not value.isprintable() and _NOT_IN_TEXT.search(value):
            raise invalid("Send characters that can be printed.")
        return value

    return check


def _identifier(characters_max: int) -> Callable[[Any], str]:
    """Trimmed, because an address in which it is asked for is; and printable to the last character."""
    check_text = _text(characters_max)

    def check(value: Any) -> str:
        trimmed = check_text(value.strip() if isinstance(value, str) else value)
        if not trimmed:
            raise invalid("Send at least one character.")
        if not trimmed.isprintable():
            raise invalid("Send characters that can be printed.")
        return trimmed

    return check


def _matching(pattern: re.Pattern[str], sentence: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise PydanticCustomError("wrong_type", "Send text.")
        if not pattern.fullmatch(value):
            raise invalid(sentence)
        return value

    return check


def _listed(name: str, sentence: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise PydanticCustomError("wrong_type", "Send text.")
        code = value.upper()
        if code not in _codes(name):
            raise invalid(sentence)
        return code

    return check


@cache
def _codes(name: str) -> frozenset[str]:
    return frozenset((_LISTS / f"{name}.txt").read_text().split())


_check_long_text = _text(4096)


def _check_url(value: Any) -> str:
    checked = _check_long_text(value)
    if not _URL.fullmatch(checked):
        raise invalid("Send an absolute address that begins with http:// or https://.")
    return checked


def _check_timestamp(value: Any) -> int:
    """Epoch milliseconds."""
    now_ms = int(epoch_seconds() * 1000)
    moment_ms = _read_moment(value)
    if moment_ms > now_ms + _AHEAD_MAX // timedelta(milliseconds=1):
        raise invalid("Send a moment that is at most an hour ahead of now.")
    if moment_ms < now_ms - _AGE_MAX // timedelta(milliseconds=1):
        raise invalid("Send a moment of the last five years.")
    return moment_ms


def _read_moment(value: Any) -> int:
    sentence = "Send ISO 8601 with its zone, such as 2026-04-01T09:30:00Z, or epoch milliseconds."
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise PydanticCustomError("wrong_type", sentence)
    if isinstance(value, int):
        return value
    if not _INSTANT.fullmatch(value):
        raise invalid(sentence)
    try:
        return int(datetime.fromisoformat(value.upper()).astimezone(UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise invalid(sentence) from None


def _decimal(lowest: Decimal, sentence: str) -> Callable[[Any], Decimal]:
    def check(value: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise PydanticCustomError("wrong_type", "Send a number, or one written as text.")
        try:
            number = Decimal(str(value))
        except (InvalidOperation, ValueError):
            raise invalid("Send a number, or one written as text.") from None
        if not number.is_finite() or not lowest <= number <= _AMOUNT_MAX:
            raise invalid(sentence)
        exponent = number.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > _DECIMALS_MAX:
            raise invalid("Send at most four decimals.")
        return number

    return check


def _check_quantity(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise PydanticCustomError("wrong_type", "Send a whole number.")
    if not 1 <= value <= 1_000_000:
        raise invalid("Send a whole number from 1 to 1,000,000.")
    return value


def _check_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise PydanticCustomError("wrong_type", "Send true or false.")
    return value


def _check_scalars(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PydanticCustomError("wrong_type", "Send an object of names and values.")
    if len(value) > _PROPERTIES_MAX:
        raise PydanticCustomError("too_long", "Send at most 50 names.")
    for name, entry in value.items():
        is_clean = name.isprintable() or not _NOT_IN_TEXT.search(name)
        if not is_clean or not 1 <= len(name) <= _PROPERTY_NAME_CHARACTERS_MAX:
            raise invalid("Let each name have 1 to 64 printable characters.")
        if not _is_scalar(entry):
            raise invalid("Let each value be text of at most 1,024 characters, a number, true, false or null.")
    return value


def _is_scalar(value: object) -> bool:
    if isinstance(value, str):
        is_clean = value.isprintable() or not _NOT_IN_PROPERTY.search(value)
        return is_clean and len(value) <= _PROPERTY_CHARACTERS_MAX
    if isinstance(value, int):  # true and false are
        return -_INTEGER_MAX <= value <= _INTEGER_MAX
    return value is None or (isinstance(value, float) and math.isfinite(value))


WebsiteId = Annotated[str, _matching(WEBSITE_ID, WEBSITE_ID_FORM)]
EventId = Annotated[str, _matching(EVENT_ID, EVENT_ID_FORM)]
Identifier = Annotated[str, _identifier(128)]
ExternalId = Annotated[str, _identifier(512)]
ShortText = Annotated[str, _text(128)]
MediumText = Annotated[str, _text(512)]
LongText = Annotated[str, _check_long_text]
Url = Annotated[str, _check_url]
Screen = Annotated[str, _matching(_SCREEN, "Write width and height in pixels, such as 1920x1080.")]
Email = Annotated[str, _matching(_EMAIL, "Send one e-mail address.")]
Country = Annotated[str, _listed("countries", "Send a country code of ISO 3166-1 alpha-2, such as DE.")]
Currency = Annotated[str, _listed("currencies", "Send a currency code of ISO 4217, such as USD.")]
Timestamp = Annotated[int, _check_timestamp]
Amount = Annotated[Decimal, _decimal(Decimal("0.0001"), "Send an amount above 0 and below a thousand million.")]
Value = Annotated[Decimal, _decimal(-_AMOUNT_MAX, "Send a number between minus and plus a thousand million.")]
Quantity = Annotated[int, _check_quantity]
Flag = Annotated[bool, _check_flag]
Scalars = Annotated[dict[str, Any], _check_scalars]
