"""What a condition of a rule may be about: the fields, the operators of each, and how their values are stored.

Texts are stored folded, because conditions compare without regard to case, so a redirect has nothing to convert.
"""

import math
import re
from collections.abc import Callable, Collection
from ipaddress import ip_network
from typing import Any, Final, NamedTuple

from pydantic_core import PydanticCustomError

from pixel.events.enrichment.continents import continent_of
from pixel.events.enrichment.user_agents import BROWSERS, SYSTEMS
from pixel.foundation.clock import read_instant, to_iso
from pixel.http.field_checks import invalid, too_long, wrong_type
from pixel.links.models import UTM_FIELDS

VALUES_MAX: Final = 100
NOT_AVAILABLE: Final = "not_available"
"""The code of the fault of a field that the front of this deployment says nothing of."""
VALUE_CHARACTERS_MAX: Final = 255
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
QUERY_PREFIX: Final = "query."

_EQUAL = ("equals", "notEquals")
_LISTS = ("in", "notIn")
_EXISTENCE = ("exists", "notExists")
_CLOSED = (*_EQUAL, *_LISTS, *_EXISTENCE)
_PARTS = ("contains", "notContains")
_BOUNDS = ("lt", "gte")
_RANGES = ("between", "notBetween")
_OF_ONE_VALUE = frozenset({*_EQUAL, *_PARTS, "startsWith", "endsWith", *_BOUNDS, "before", "after"})
_PAIRS = frozenset(_RANGES)

_CONTINENTS = frozenset({"af", "an", "as", "eu", "na", "oc", "sa"})
_DEVICES = frozenset({"desktop", "mobile", "tablet", "tv", "console"})
_LANGUAGE = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8}){0,3}", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_PARAMETER = re.compile(r"query\.[^\s&=#]{1,64}")
_NEEDS_A_FRONT = frozenset({"region", "city", "timezone", "asn", "latitude", "longitude"})
_NOT_DERIVED = frozenset({"osVersion", "browserVersion", "isp"})


class ConditionField(NamedTuple):
    """A field: its operators, the check of one value, and what a value must be, in words."""

    operators: tuple[str, ...]
    store: Callable[[Any], str | int | float | None]
    """Returns a value as it is stored, or None if the field cannot have it."""
    form: str


def _folded(value: Any) -> str | None:
    """Return a text without regard to case. A visitor's text is folded likewise."""
    return value.strip().casefold() if isinstance(value, str) and value.strip() else None


def _one_of(words: Collection[str]) -> Callable[[Any], str | None]:
    def store(value: Any) -> str | None:
        word = _folded(value)
        return word if word in words else None

    return store


def _matching(pattern: re.Pattern[str]) -> Callable[[Any], str | None]:
    def store(value: Any) -> str | None:
        word = _folded(value)
        return word if word is not None and pattern.fullmatch(word) else None

    return store


def _country(value: Any) -> str | None:
    code = _folded(value)
    return code if code is not None and continent_of(code) else None


def _network(value: Any) -> str | None:
    try:
        return str(ip_network(value.strip(), strict=False)) if isinstance(value, str) else None
    except ValueError:
        return None


def _truth(value: Any) -> str | None:
    return ("true" if value else "false") if isinstance(value, bool) else _one_of({"true", "false"})(value)


def _instant(value: Any) -> str | None:
    try:
        return to_iso(read_instant(value)) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def _percentage(value: Any) -> int | float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and math.isfinite(value) and 0 <= value <= 100 else None


_TEXT = "must be text that is not empty."
_PARAMETER_OPERATORS = (*_EQUAL, *_LISTS, *_PARTS, "startsWith", *_EXISTENCE)
_SYSTEM_NAMES = frozenset(map(str.casefold, SYSTEMS))
_BROWSER_NAMES = frozenset(map(str.casefold, BROWSERS))
_PARAMETER_FIELD = ConditionField(_PARAMETER_OPERATORS, _folded, _TEXT)

FIELDS: Final = {
    "country": ConditionField(_CLOSED, _country, "must be the code of a country with two letters, such as DE or GB."),
    "continent": ConditionField(_CLOSED, _one_of(_CONTINENTS), "must be AF, AN, AS, EU, NA, OC or SA."),
    "deviceType": ConditionField(_CLOSED, _one_of(_DEVICES), "must be desktop, mobile, tablet, tv or console."),
    "os": ConditionField(
        _CLOSED, _one_of(_SYSTEM_NAMES), "must be the name of a system without its version, such as iOS or Windows."
    ),
    "browser": ConditionField(
        _CLOSED, _one_of(_BROWSER_NAMES), "must be the name of a browser without its version, such as Safari or Edge."
    ),
    "language": ConditionField(
        (*_EQUAL, *_LISTS), _matching(_LANGUAGE), "must be the tag of a language, such as de or pt-BR."
    ),
    "referrer": ConditionField((*_EQUAL, *_LISTS, *_PARTS, "endsWith", *_EXISTENCE), _folded, _TEXT),
    **dict.fromkeys(UTM_FIELDS, _PARAMETER_FIELD),
    "ip": ConditionField(("inCidr", "notInCidr"), _network, "must be an address or a network, such as 203.0.113.0/24."),
    "visitor": ConditionField(("equals",), _one_of({"new", "returning"}), "must be new or returning."),
    "trigger": ConditionField(_EQUAL, _one_of({"link", "qr"}), "must be link or qr."),
    "isBot": ConditionField(_EQUAL, _truth, "must be true or false."),
    "time": ConditionField(_RANGES, _matching(_TIME), "must be times such as 09:00."),
    "dayOfWeek": ConditionField(_LISTS, _one_of(DAYS), f"must be {', '.join(DAYS[:-1])} or {DAYS[-1]}."),
    "date": ConditionField(
        ("before", "after", "between"),
        _instant,
        "must be an ISO 8601 instant with a time zone, such as 2030-12-31T18:00:00Z.",
    ),
    "bucket": ConditionField((*_BOUNDS, "between"), _percentage, "must be a number from 0 to 100."),
}


def checked_field(value: Any) -> str:
    """Return the name of a field. Raises a custom error of pydantic if there is none, or not here."""
    if not isinstance(value, str):
        raise wrong_type("must be text.")
    if value in _NEEDS_A_FRONT:
        raise PydanticCustomError(
            NOT_AVAILABLE, "is not known here: this deployment's front says only the country of visitors."
        )
    if value in _NOT_DERIVED:
        raise invalid(_NOT_DERIVED_FORMS[value])
    if value not in FIELDS and not _PARAMETER.fullmatch(value):
        raise invalid(f"must be {', '.join(FIELDS)} or query. with the name of a parameter.")
    return value


_NOT_DERIVED_FORMS: Final = {
    name: f"must not be {name}, which is not derived from a visit; use os, browser or country." for name in _NOT_DERIVED
}


def definition_of(field: str) -> ConditionField:
    return FIELDS.get(field, _PARAMETER_FIELD)


def checked_operator(value: Any, field: str) -> str:
    """Return an operator that the field has."""
    operators = definition_of(field).operators
    if value not in operators:
        *others, last = operators
        raise invalid(f"must be {', '.join(others)}{' or ' if others else ''}{last} with this field.")
    return str(value)


def checked_value(value: Any, field: str, operator: str) -> Any:
    """Return the value of a condition as it is stored: nothing, one value, a pair, or a list of values."""
    definition = definition_of(field)
    if operator in _EXISTENCE:
        if value is not None:
            raise invalid("must not be sent with exists and notExists.")
        return None
    if value is None:
        raise PydanticCustomError("missing", "is required with this operator.")
    if operator in _OF_ONE_VALUE:
        return _stored(definition, value)
    if operator in _PAIRS:
        return _pair(definition, value)
    given = value if isinstance(value, list) else [value]
    if not 1 <= len(given) <= VALUES_MAX:
        raise invalid(f"must have 1 to {VALUES_MAX} values.")
    return list(dict.fromkeys(_stored(definition, one) for one in given))


def _pair(definition: ConditionField, value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise invalid("must be an array of two values, of which the first is included and the second is not.")
    first, second = (_stored(definition, one) for one in value)
    # Times of a day may pass midnight.
    if first == second or (definition is not FIELDS["time"] and first > second):
        raise invalid("must be two different values, the lower one first; only times may pass midnight.")
    return [first, second]


def _stored(definition: ConditionField, value: Any) -> Any:
    if isinstance(value, str) and len(value) > VALUE_CHARACTERS_MAX:
        raise too_long(f"must have at most {VALUE_CHARACTERS_MAX} characters.")
    stored = definition.store(value)
    if stored is None or (isinstance(stored, str) and not stored.isprintable()):
        raise invalid(definition.form)
    return stored
