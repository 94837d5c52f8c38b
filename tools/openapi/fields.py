"""What the fields of an event may hold, as JSON Schema: the patterns and bounds of pixel.field_types.

A schema cannot say everything that the functions check: that a moment is of the last five years, that a number has at
most four decimals, that a code is on a list. Such things stand in the description.
"""

from typing import Any

from pixel.events import fields as types
from pixel.foundation.ids import EVENT_ID, WEBSITE_ID
from tools.openapi.schema import Schema, integer, number, text

CONTROL = r"\x00-\x1f\x7f-\x9f"
_TRIMMED = rf"^\s*[^\s{CONTROL}]([^{CONTROL}]*[^\s{CONTROL}])?\s*$"
_TEXT = r"^[^\x00-\x1f\x7f]*$"
_IN_URL = r"\s\x00-\x1f\x7f\x85"  # the last is a space to Python alone
_URL = rf"^[Hh][Tt][Tt][Pp][Ss]?://[^{_IN_URL}/?#]+([/?#][^{_IN_URL}]*)?$"
MONTH_AND_DAY = r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
TIME_OF_DAY = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?"
OFFSET = r"[+-]([01]\d|2[0-3]):[0-5]\d"
_INSTANT = rf"^\d{{4}}-{MONTH_AND_DAY}[Tt]{TIME_OF_DAY}([Zz]|{OFFSET})$"
_AMOUNT_MAX = 999999999.9999
_INTEGER_MAX = 2**63 - 1
_AS_TEXT = "as a number or as text, with at most four decimals"


def _bounded(characters_max: int) -> Schema:
    return text(maxLength=characters_max, pattern=_TEXT)


def _identifier(characters_max: int) -> Schema:
    return text("Printable; trimmed.", minLength=1, maxLength=characters_max, pattern=_TRIMMED)


_SCALARS = {
    "type": "object",
    "description": "Names and values: text, numbers, true, false or null.",
    "maxProperties": 50,
    "propertyNames": {"minLength": 1, "maxLength": 64, "pattern": _TEXT},
    "additionalProperties": {
        "anyOf": [
            text(maxLength=1024, pattern=r"^[^\x00]*$"),
            number(minimum=-_INTEGER_MAX, maximum=_INTEGER_MAX),
            {"type": ["boolean", "null"]},
        ]
    },
}

# Keys are the annotations of the models themselves: a field of a new type has no schema until it gets one here.
SCHEMAS: dict[Any, Schema] = {
    types.WebsiteId: text("The id of a website of the workspace.", pattern=f"^{WEBSITE_ID.pattern}$"),
    types.EventId: text(pattern=f"^{EVENT_ID.pattern}$"),
    types.Identifier: _identifier(128),
    types.ExternalId: _identifier(512),
    types.ShortText: _bounded(128),
    types.MediumText: _bounded(512),
    types.LongText: _bounded(4096),
    types.Url: text("An absolute address.", maxLength=4096, pattern=_URL),
    types.Screen: text("Width and height in pixels.", pattern="^[1-9][0-9]{0,4}x[1-9][0-9]{0,4}$"),
    types.Email: text("Stored as a hash alone.", pattern=r"^[^\s@]+@[^\s@]+$"),
    types.Country: text("ISO 3166-1 alpha-2.", format="iso-3166-1-alpha-2", pattern="^[A-Za-z]{2}$"),
    types.Currency: text("ISO 4217.", format="iso-4217", pattern="^[A-Za-z]{3}$"),
    types.Timestamp: {
        "description": "ISO 8601 with its zone, or epoch milliseconds; at most an hour ahead, at most five years old.",
        "anyOf": [text(format="date-time", pattern=_INSTANT), integer()],
    },
    types.Amount: {
        "description": f"Major units above 0, {_AS_TEXT}.",
        "anyOf": [
            number(minimum=0.0001, maximum=_AMOUNT_MAX),
            text(pattern=r"^(?=.*[1-9])[0-9]{1,9}(\.[0-9]{1,4})?$"),
        ],
    },
    types.Value: {
        "description": f"Major units, {_AS_TEXT}.",
        "anyOf": [number(minimum=-_AMOUNT_MAX, maximum=_AMOUNT_MAX), text(pattern=r"^-?[0-9]{1,9}(\.[0-9]{1,4})?$")],
    },
    types.Quantity: integer(minimum=1, maximum=1_000_000),
    types.Flag: {"type": "boolean"},
    types.Scalars: _SCALARS,
}
