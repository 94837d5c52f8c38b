"""The types of an event's fields: what each accepts, how it normalizes a value, and its error messages.

Each check raises a custom error of pydantic with its own code and message, because pydantic's messages may contain the
value. A message continues a sentence that begins with the field's name: "`amount` must be greater than 0."
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator

from pixel.events import vocabulary
from pixel.events.privacy import holds_personal_data
from pixel.foundation.clock import epoch_seconds, is_instant, read_instant
from pixel.foundation.currencies import CURRENCY_FORM, currencies
from pixel.foundation.ids import EVENT_ID, EVENT_ID_FORM, ID_CHARACTERS_MAX, WEBSITE_ID, WEBSITE_ID_FORM
from pixel.foundation.spelling import choices, spelled
from pixel.http.decimals import AMOUNT_MAX, read_decimal
from pixel.http.field_checks import invalid, too_long, wrong_type

# Patterns and bounds are public, because the OpenAPI document contains them.
SHORT_CHARACTERS_MAX = 128
MEDIUM_CHARACTERS_MAX = 512
LONG_CHARACTERS_MAX = 4096
CONTROL_CHARACTERS = r"\x00-\x1f\x7f"
SCREEN = re.compile(r"[1-9][0-9]{0,4}x[1-9][0-9]{0,4}")
EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
QUANTITY_MAX = 1_000_000
VISIBLE_MS_MAX = 7 * 86_400_000
SCROLL_MAX = 100
SCALARS_MAX = 50
SCALAR_NAME_CHARACTERS_MAX = 64
SCALAR_CHARACTERS_MAX = 1024
INTEGER_MAX = 2**63 - 1
AHEAD_MAX_MS = timedelta(hours=1) // timedelta(milliseconds=1)
AGE_MAX_MS = timedelta(days=5 * 366) // timedelta(milliseconds=1)

# Forbidden characters are never printable, so the faster str.isprintable() is tested before these patterns.
_NOT_IN_TEXT = re.compile(rf"[{CONTROL_CHARACTERS}\ud800-\udfff]")
_NOT_IN_SCALAR = re.compile(r"[\x00\ud800-\udfff]")
_URL = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)
_NOT_A_COUNTRY = "must be an ISO 3166-1 alpha-2 code, such as DE."
_SECONDS_MAX = 10_000_000_000  # a float below is a count of seconds, as time.time() returns it
_NOT_TEXT = "must be text."
_NOT_A_MOMENT = "must be ISO 8601 with a time zone, such as 2026-04-01T09:30:00Z, or epoch milliseconds."
_SECONDS = "looks like epoch seconds; send milliseconds."
_TOO_FINE = "looks like epoch microseconds or nanoseconds; send milliseconds."
_DIGITS = "is a number in text; send epoch milliseconds as a number, or ISO 8601 such as 2026-04-01T09:30:00Z."
_NO_ZONE = "has no time zone; end it with Z or an offset, as in 2026-04-01T09:30:00Z."


def _text(characters_max: int) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise wrong_type(_NOT_TEXT)
        if len(value) > characters_max:
            raise too_long(f"must have at most {characters_max:,} characters.")
        if not value.isprintable() and _NOT_IN_TEXT.search(value):
            raise invalid("must not contain control characters.")
        return value

    return check


def _identifier(characters_max: int) -> Callable[[Any], str]:
    """Return a check that trims the value and accepts only printable characters."""
    check_text = _text(characters_max)

    def check(value: Any) -> str:
        trimmed = check_text(value.strip() if isinstance(value, str) else value)
        if not trimmed:
            raise invalid("must not be empty.")
        if not trimmed.isprintable():
            raise invalid("must consist of printable characters.")
        return trimmed

    return check


def _matching(pattern: re.Pattern[str], sentence: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise wrong_type(_NOT_TEXT)
        if not pattern.fullmatch(value):
            raise invalid(sentence)
        return value

    return check


def _listed(values: Callable[[], Mapping[str, str]], sentence: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise wrong_type(_NOT_TEXT)
        if (listed := spelled(value, values())) is None:
            raise invalid(sentence)
        return listed

    return check


def _check_device(value: Any) -> str:
    """Return the device as it is listed. An empty text is allowed; the device is then derived."""
    return "" if value == "" else _check_listed_device(value)


def _known(name: Callable[[str], str]) -> Callable[[Any], str]:
    """Return a check of a name that may be unknown, and is normalized if it is known."""
    return lambda value: name(_check_short_text(value))


_check_short_text = _text(SHORT_CHARACTERS_MAX)
_check_medium_text = _text(MEDIUM_CHARACTERS_MAX)
_check_long_text = _text(LONG_CHARACTERS_MAX)
check_identifier = _identifier(ID_CHARACTERS_MAX)
_check_listed_device = _listed(vocabulary.devices, f"must be {choices(vocabulary.DEVICES)}.")


def _check_email(value: Any) -> str:
    checked = _check_medium_text(value)
    if not EMAIL.fullmatch(checked):
        raise invalid("must be a single e-mail address.")
    return checked


def _check_url(value: Any) -> str:
    checked = _check_long_text(value)
    if not _URL.fullmatch(checked):
        raise invalid("must be an absolute URL that begins with http:// or https://.")
    return checked


def check_timestamp(value: Any) -> int:
    """Return the timestamp in epoch milliseconds."""
    now_ms = int(epoch_seconds() * 1000)
    moment_ms = _read_moment(value)
    if moment_ms > now_ms + AHEAD_MAX_MS:
        if any(_is_recent(moment_ms // factor, now_ms) for factor in (1_000, 1_000_000)):
            raise invalid(_TOO_FINE)
        raise invalid("must be at most one hour in the future.")
    if moment_ms < now_ms - AGE_MAX_MS:
        if _is_recent(moment_ms * 1000, now_ms):
            raise invalid(_SECONDS)
        raise invalid("must not be more than five years ago.")
    return moment_ms


def _is_recent(moment_ms: int, now_ms: int) -> bool:
    return now_ms - AGE_MAX_MS <= moment_ms <= now_ms + AHEAD_MAX_MS


def _read_moment(value: Any) -> int:
    if isinstance(value, float) and 0 < value < _SECONDS_MAX:
        raise wrong_type(_SECONDS)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise wrong_type(_NOT_A_MOMENT)
    if isinstance(value, int):
        return value
    if not is_instant(value):
        if value.isdecimal():
            raise invalid(_DIGITS)
        raise invalid(_NO_ZONE if is_instant(f"{value}Z") else _NOT_A_MOMENT)
    try:
        return int(read_instant(value).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise invalid(_NOT_A_MOMENT) from None


def _check_amount(value: Any) -> Decimal:
    number = read_decimal(value)
    if not 0 < number <= AMOUNT_MAX:
        raise invalid("must be greater than 0 and less than 1,000,000,000.")
    return number


def _check_value(value: Any) -> Decimal:
    number = read_decimal(value)
    if not -AMOUNT_MAX <= number <= AMOUNT_MAX:
        raise invalid("must be greater than -1,000,000,000 and less than 1,000,000,000.")
    return number


def _check_quantity(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type("must be a whole number.")
    if not 1 <= value <= QUANTITY_MAX:
        raise invalid(f"must be from 1 to {QUANTITY_MAX:,}.")
    return value


def _whole(highest: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type("must be a whole number.")
        if not 0 <= value <= highest:
            raise invalid(f"must be from 0 to {highest:,}.")
        return value

    return check


def _check_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise wrong_type("must be true or false.")
    return value


def _check_scalars(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong_type("must be an object of names and values.")
    if len(value) > SCALARS_MAX:
        raise too_long(f"must have at most {SCALARS_MAX} names.")
    for name, entry in value.items():
        is_clean = name.isprintable() or not _NOT_IN_TEXT.search(name)
        if not is_clean or not 1 <= len(name) <= SCALAR_NAME_CHARACTERS_MAX:
            raise invalid(f"must have names of 1 to {SCALAR_NAME_CHARACTERS_MAX} characters, none a control character.")
        if not _is_scalar(entry):
            raise invalid(
                f"must have values that are text of at most {SCALAR_CHARACTERS_MAX:,} characters, "
                "numbers, true, false or null."
            )
    return value


def _check_traits(value: Any) -> dict[str, Any]:
    traits = _check_scalars(value)
    if any(map(holds_personal_data, traits)):
        raise invalid("must not have names that hold an e-mail address or a phone number; send it as a value.")
    return traits


def _is_scalar(value: object) -> bool:
    if isinstance(value, str):
        is_clean = value.isprintable() or not _NOT_IN_SCALAR.search(value)
        return is_clean and len(value) <= SCALAR_CHARACTERS_MAX
    if isinstance(value, int):  # including bool
        return -INTEGER_MAX <= value <= INTEGER_MAX
    return value is None or (isinstance(value, float) and math.isfinite(value))


WebsiteId = Annotated[str, BeforeValidator(_matching(re.compile(WEBSITE_ID), WEBSITE_ID_FORM))]
EventId = Annotated[str, BeforeValidator(_matching(re.compile(EVENT_ID), EVENT_ID_FORM))]
Identifier = Annotated[str, BeforeValidator(check_identifier)]
ExternalId = Annotated[str, BeforeValidator(_identifier(MEDIUM_CHARACTERS_MAX))]
ShortText = Annotated[str, BeforeValidator(_check_short_text)]
MediumText = Annotated[str, BeforeValidator(_check_medium_text)]
LongText = Annotated[str, BeforeValidator(_check_long_text)]
Url = Annotated[str, BeforeValidator(_check_url)]
Screen = Annotated[str, BeforeValidator(_matching(SCREEN, "must be width x height in pixels, such as 1920x1080."))]
Email = Annotated[str, BeforeValidator(_check_email)]
Country = Annotated[str, BeforeValidator(_listed(vocabulary.countries, _NOT_A_COUNTRY))]
Currency = Annotated[str, BeforeValidator(_listed(currencies, CURRENCY_FORM))]
Device = Annotated[str, BeforeValidator(_check_device)]
Browser = Annotated[str, BeforeValidator(_known(vocabulary.usual_browser))]
System = Annotated[str, BeforeValidator(_known(vocabulary.usual_system))]
Timestamp = Annotated[int, BeforeValidator(check_timestamp)]
Amount = Annotated[Decimal, BeforeValidator(_check_amount)]
Value = Annotated[Decimal, BeforeValidator(_check_value)]
Quantity = Annotated[int, BeforeValidator(_check_quantity)]
VisibleMs = Annotated[int, BeforeValidator(_whole(VISIBLE_MS_MAX))]
Scroll = Annotated[int, BeforeValidator(_whole(SCROLL_MAX))]
Flag = Annotated[bool, BeforeValidator(_check_flag)]
Scalars = Annotated[dict[str, Any], BeforeValidator(_check_scalars)]
Traits = Annotated[dict[str, Any], BeforeValidator(_check_traits)]
