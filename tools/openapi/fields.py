"""JSON Schemas of the types of an event's fields, with the patterns and bounds of pixel.events.fields.

A schema cannot say everything that the functions check: that a moment is of the last five years, that a number has at
most four decimals, that a code is on a list. The description says it.
"""

from typing import Any

from pixel.events import fields as types
from pixel.events import vocabulary
from pixel.foundation.ids import EVENT_ID, ID_CHARACTERS_MAX, WEBSITE_ID
from pixel.http import decimals
from tools.openapi.schema import Schema, integer, number, text

# The patterns are those of JavaScript, which knows no lone surrogates in a text and other kinds of spaces than Python.
CONTROL = rf"{types.CONTROL_CHARACTERS}-\x9f"
MONTH_AND_DAY = r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
TIME_OF_DAY = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?"
OFFSET = r"[+-]([01]\d|2[0-3]):[0-5]\d"
_TRIMMED = rf"^\s*[^\s{CONTROL}]([^{CONTROL}]*[^\s{CONTROL}])?\s*$"
_TEXT = rf"^[^{types.CONTROL_CHARACTERS}]*$"
_IN_URL = rf"\s{types.CONTROL_CHARACTERS}\x85"  # the last is a space in Python only
_URL = rf"^[Hh][Tt][Tt][Pp][Ss]?://[^{_IN_URL}/?#]+([/?#][^{_IN_URL}]*)?$"
_INSTANT = rf"^\d{{4}}-{MONTH_AND_DAY}[Tt]{TIME_OF_DAY}([Zz]|{OFFSET})$"
_AMOUNT_MAX = float(decimals.AMOUNT_MAX)
_DIGITS = rf"[0-9]{{1,9}}(\.[0-9]{{1,{decimals.DECIMALS_MAX}}})?"
_AS_TEXT = f"as a number or as text, with at most {decimals.DECIMALS_MAX} decimal places"


def _bounded(characters_max: int) -> Schema:
    return text(maxLength=characters_max, pattern=_TEXT)


def _identifier(characters_max: int) -> Schema:
    return text("Printable; trimmed.", minLength=1, maxLength=characters_max, pattern=_TRIMMED)


_SCALARS = {
    "type": "object",
    "description": "Names and values: text, numbers, true, false or null.",
    "maxProperties": types.SCALARS_MAX,
    "propertyNames": {"minLength": 1, "maxLength": types.SCALAR_NAME_CHARACTERS_MAX, "pattern": _TEXT},
    "additionalProperties": {
        "anyOf": [
            text(maxLength=types.SCALAR_CHARACTERS_MAX, pattern=r"^[^\x00]*$"),
            number(minimum=-types.INTEGER_MAX, maximum=types.INTEGER_MAX),
            {"type": ["boolean", "null"]},
        ]
    },
}

# A field of a type that is not in this table cannot be documented: `make docs` fails at it.
SCHEMAS: dict[Any, Schema] = {
    types.WebsiteId: text("The id of a website of the workspace.", pattern=f"^{WEBSITE_ID}$"),
    types.EventId: text(pattern=f"^{EVENT_ID}$"),
    types.Identifier: _identifier(ID_CHARACTERS_MAX),
    types.ExternalId: _identifier(types.MEDIUM_CHARACTERS_MAX),
    types.ShortText: _bounded(types.SHORT_CHARACTERS_MAX),
    types.MediumText: _bounded(types.MEDIUM_CHARACTERS_MAX),
    types.LongText: _bounded(types.LONG_CHARACTERS_MAX),
    types.Url: text("An absolute URL.", maxLength=types.LONG_CHARACTERS_MAX, pattern=_URL),
    types.Screen: text("Width and height in pixels.", pattern=f"^{types.SCREEN.pattern}$"),
    types.Email: text(
        "Stored as a hash only.", maxLength=types.MEDIUM_CHARACTERS_MAX, pattern=f"^{types.EMAIL.pattern}$"
    ),
    types.Country: text("ISO 3166-1 alpha-2.", format="iso-3166-1-alpha-2", pattern="^[A-Za-z]{2}$"),
    types.Currency: text("ISO 4217.", format="iso-4217", pattern="^[A-Za-z]{3}$"),
    types.Device: text(enum=["", *vocabulary.DEVICES]),
    types.Browser: _bounded(types.SHORT_CHARACTERS_MAX),
    types.System: _bounded(types.SHORT_CHARACTERS_MAX),
    types.Timestamp: {
        "description": "ISO 8601 with a time zone, or epoch milliseconds; at most one hour ahead and five years ago.",
        "anyOf": [text(format="date-time", pattern=_INSTANT), integer()],
    },
    types.Amount: {
        "description": f"Major units, greater than 0, {_AS_TEXT}.",
        "anyOf": [
            number(minimum=10**-decimals.DECIMALS_MAX, maximum=_AMOUNT_MAX),
            text(pattern=rf"^(?=.*[1-9]){_DIGITS}$"),
        ],
    },
    types.Value: {
        "description": f"Major units, {_AS_TEXT}.",
        "anyOf": [number(minimum=-_AMOUNT_MAX, maximum=_AMOUNT_MAX), text(pattern=rf"^-?{_DIGITS}$")],
    },
    types.Quantity: integer(minimum=1, maximum=types.QUANTITY_MAX),
    types.Flag: {"type": "boolean"},
    types.Scalars: _SCALARS,
    types.Traits: _SCALARS,
}
