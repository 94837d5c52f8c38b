"""Phone numbers within a text, told apart from dates, prices, versions, addresses and ids (docs/decisions/0036).

Digits are a phone number after a country code, an area code in parentheses, a scheme or a word such as "phone". Without
these they must be grouped as is usual in a country.
"""

import re
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cache
from typing import NamedTuple

DIGITS_MIN = 7
_DIGITS_MAX = 15
_GROUPS_MAX = _DIGITS_MAX + 2
_DIGITS_MIN_INTERNATIONAL = 9  # with its 00
_DIGITS_MIN_INTERNATIONAL_BARE = 11
_DIGITS_MIN_NATIONAL, _DIGITS_MAX_NATIONAL = 8, 13  # with its 0
_DIGITS_NATIONAL_BARE = range(10, 12)
_AREA_CODE = re.compile("0|[0-9]{2,5}")

_NATIONAL_SHAPES = {
    (3, 3, 4): "North America, Italy, Greece, Colombia",
    (1, 3, 3, 4): "North America with 1",
    (3, 4, 4): "China",
    (2, 5, 4): "Brazil, mobile",
    (2, 4, 4): "Brazil, Argentina, Mexico",
    (3, 3, 3): "Spain, Portugal, Poland, Czechia, Peru",
    (3, 2, 2, 2): "Spain",
    (2, 3, 2, 2): "Poland, landline",
    (2, 2, 2, 2): "Denmark, Norway",
    (3, 2, 3): "Norway, mobile",
    (3, 3, 2, 2): "Turkey",
    (1, 3, 3, 2, 2): "Russia",
    (1, 4, 4): "Chile",
}
"""Sizes of the groups of digits in which numbers without a leading 0 are written, and where."""

_DOTTED_SHAPES = {(3, 3, 4), (1, 3, 3, 4)}
_SHAPES_BY_START: dict[tuple[int, ...], tuple[str, ...]] = {
    (5, 5): ("6", "7", "8", "9"),  # India, mobile
    (3, 7): ("3",),  # Italy and Colombia, mobile
}

_OTHER_KINDS = r"""
      (?<![\w-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\w-])         # UUID
    | (?<![\d./-])(?:19|20)\d\d([-/.]?)(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])
      (?:[T ]\d\d:?\d\d(?::?\d\d(?:[.,]\d+)?)?(?:Z|[ ]?[+-]\d\d:?\d\d)?)?(?!\d|[-/.]\d)      # 2026-03-04T05:06:10Z
    | (?<![\d./-])(?:0?[1-9]|[12]\d|3[01])([-/.\ ])(?:0?[1-9]|[12]\d|3[01])\2(?:19|20)\d\d(?!\d|\2\d)   # 04.03.2026
    | (?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d\d?)?(?![\d.])                                  # 203.0.113.24/32
    | (?<![\d.+()/-])(?<![\d)][ ])(?:0|[1-9]\d*)\.\d+(?![\d.]|[-/ ]\d)                           # 52.5200
    | (?<![\d.,+(-])(?<!\d[ ])(?:[1-9]\d?(?:[ ]\d{3}){2,}|[1-9]\d\d(?:[ ]\d{3}){3,})(?![ -]?\d)   # 1 234 567
"""
_WORD = (
    r"(?:tele(?:phone|fon|fono|phono)?|tel|phone|mobile?|m[oó]vil|cell(?:phone|ular)?|celular|fax|sms|whatsapp|handy|msisdn|"
    r"call[ ]me(?:[ ](?:on|at))?)(?:[ -]?(?:no|nr|number|nummer))?[ .:#=]{1,4}"
)
_SCHEME = r"(?P<scheme>(?:tel|sms|callto|whatsapp):(?=[+(\d]))"
_PLUS = r"(?<!\d)(?=\+)|(?<=\d)(?=\+[1-9]\d{9})"  # what stands in front of a + does not matter
_RUN = (
    rf"(?P<word>(?<![^\W_])(?:{_SCHEME}|{_WORD})|(?<![\w€$£¥₹#])(?<![^\W\d]-)|{_PLUS})"
    r"(?P<number>[(+]{0,2}[ ]?\(?\d(?:[ ().\-/]{0,4}\d)+)(?!(?!x\d|ext)\w)"
)
_AMOUNT_FOLLOWS = r"[ ]?(?:[€$£¥₹%]|(?:EUR|USD|GBP|CHF|JPY|PLN|CZK|SEK|NOK|DKK)\b)|,\d\d?(?!\d)"

_NAMES_BY_START = (
    "phone",
    "mobil",
    "telef",
    "telep",
    "whatsapp",
    "handy",
    "cellp",
    "cellul",
    "celul",
    "movil",
    "móvil",
)
_NAMES_BY_END = ("phone", "phones", "phonenumber", "telefon", "telefono")
_NAMES = {"tel", "cell", "fax", "msisdn", "gsm", "sms"}
_NAMES_OF_OTHER_KINDS = {"at", "on", "ms", "since", "time", "date", "timestamp", "count", "version", "model"}


class _Patterns(NamedTuple):
    other_kinds: re.Pattern[str]
    run: re.Pattern[str]
    group: re.Pattern[str]
    amount_follows: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    """Compile the patterns when they are first needed, because few requests need them."""
    return _Patterns(
        re.compile(_OTHER_KINDS, re.IGNORECASE | re.VERBOSE),
        re.compile(_RUN, re.IGNORECASE),
        re.compile(r"(\D*)(\d+)"),
        re.compile(_AMOUNT_FOLLOWS),
    )


class _Evidence(Enum):
    """What surrounds digits."""

    NONE = "nothing that tells"
    WORD = "a word or a name that says phone"
    AMOUNT = "a currency or decimals"


class _Group(NamedTuple):
    separator: str  # in front of the digits
    digits: str


def replace_phone_numbers(text: str, replacement: Callable[[str], str], *, is_expected: bool = False) -> str:
    """Replace each phone number by what `replacement` returns for its canonical spelling.

    `is_expected` says that the text is known to hold phone numbers, so that any 7 to 15 digits are one.
    """
    if sum(map(str.isdigit, text)) < DIGITS_MIN:
        return text
    parts: list[str] = []
    start = 0
    for other in [*_patterns().other_kinds.finditer(text), None]:
        end = len(text) if other is None else other.start()
        for run in _patterns().run.finditer(text, start, end):
            parts += [text[start : run.start()], _replace_run(run, replacement, is_expected=is_expected)]
            start = run.end()
        parts.append(text[start:end])
        if other is not None:
            parts.append(other[0])
            start = other.end()
    return "".join(parts)


def names_phone_number(name: str) -> bool:
    """Return whether the name of a value says that the value is a phone number."""
    words = re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower())
    if not words or words[-1] in _NAMES_OF_OTHER_KINDS:
        return False
    return any(word in _NAMES or word.startswith(_NAMES_BY_START) or word.endswith(_NAMES_BY_END) for word in words)


def _replace_run(run: re.Match[str], replacement: Callable[[str], str], *, is_expected: bool) -> str:
    is_amount = _patterns().amount_follows.match(run.string, run.end()) is not None
    evidence = _Evidence.WORD if is_expected or run["word"] else _Evidence.AMOUNT if is_amount else _Evidence.NONE
    groups = [_Group(*group) for group in _patterns().group.findall(run["number"])]
    replaced = "".join(_replace(groups, replacement, evidence))
    is_scheme_replaced = run["scheme"] and not replaced.startswith(run["number"])
    return replaced if is_scheme_replaced else run["word"] + replaced


def _replace(groups: list[_Group], replacement: Callable[[str], str], evidence: _Evidence) -> Iterator[str]:
    """Yield the parts of a run of digits and separators, with its phone numbers replaced."""
    size = _size_of_number(groups, evidence)
    if size:
        yield _kept_before(groups[:size]) + replacement(_canonical(groups[:size]))
        if size < len(groups):
            yield from _replace(groups[size:], replacement, _Evidence.NONE)
        return
    for place in () if _are_fours(groups) else _starts(groups):
        before, after = groups[:place], groups[place:]
        if _size_of_number(before, evidence) or _size_of_number(after, evidence):
            yield from _replace(before, replacement, evidence)
            yield from _replace(after, replacement, evidence)
            return
    yield "".join(separator + digits for separator, digits in groups)


def _size_of_number(groups: list[_Group], evidence: _Evidence) -> int:
    """Return how many of the groups, from the first on, are a phone number, or 0 if they do not begin with one."""
    digits = "".join(group.digits for group in groups[:_GROUPS_MAX])
    if "+" in groups[0].separator:
        return _longest(groups, _DIGITS_MAX)
    if re.match("00[1-9]", digits):
        fewest = _DIGITS_MIN_INTERNATIONAL_BARE if len(groups) == 1 else _DIGITS_MIN_INTERNATIONAL
        return _longest(groups, _DIGITS_MAX + 2) if len(digits) >= fewest else 0
    if evidence is _Evidence.WORD:
        return _longest(groups, _DIGITS_MAX)
    is_national = len(groups) <= _GROUPS_MAX and evidence is _Evidence.NONE and _is_national(groups, digits)
    return len(groups) if is_national else 0


def _longest(groups: list[_Group], digits_max: int) -> int:
    """Return how many groups have as many digits as a phone number may have, or 0 if these are too few for one."""
    size = digits = 0
    while size < len(groups) and digits + len(groups[size].digits) <= digits_max:
        digits += len(groups[size].digits)
        size += 1
    return size if digits >= DIGITS_MIN else 0


def _is_national(groups: list[_Group], digits: str) -> bool:
    sizes = tuple(len(group.digits) for group in groups)
    if _has_area_code_in_parentheses(groups):
        return DIGITS_MIN <= len(digits) <= _DIGITS_MAX
    if digits.startswith("0"):
        return _has_trunk_prefix(sizes, digits)
    if all(group.separator == "." for group in groups[1:]):
        return sizes in _DOTTED_SHAPES
    if sizes in _SHAPES_BY_START:
        return digits.startswith(_SHAPES_BY_START[sizes])
    return sizes in _NATIONAL_SHAPES and not digits.endswith("000000")


def _has_trunk_prefix(sizes: tuple[int, ...], digits: str) -> bool:
    """Return whether digits that begin with 0 are a number with its area code."""
    if digits[1:2] == "0" or sizes[0] == 1:
        return False
    if len(sizes) == 1:
        return len(digits) in _DIGITS_NATIONAL_BARE
    digits_min = _DIGITS_MIN_NATIONAL + (set(sizes) == {2})  # four pairs are more often a date or a code
    return digits_min <= len(digits) <= _DIGITS_MAX_NATIONAL


def _has_area_code_in_parentheses(groups: list[_Group]) -> bool:
    """Return whether an area code in parentheses comes first, or after one digit as in 8 (495) 123-45-67."""
    area = 1 if len(groups[0].digits) == 1 and "(" not in groups[0].separator else 0
    return (
        len(groups) > area + 1
        and "(" in groups[area].separator
        and ")" in groups[area + 1].separator
        and _AREA_CODE.fullmatch(groups[area].digits) is not None
    )


def _are_fours(groups: list[_Group]) -> bool:
    """Return whether digits are in fours, as those of cards and accounts are."""
    return len(groups) > 3 and all(len(group.digits) == 4 for group in groups[:-1])


def _starts(groups: list[_Group]) -> Iterator[int]:
    """Yield the places within a run at which another number may begin."""
    for place in range(1, len(groups)):
        separator, digits = groups[place]
        following = groups[place + 1].separator if place + 1 < len(groups) else separator
        before = groups[place - 1].separator if place > 1 else separator
        if "(" in separator or digits.startswith("0") or len(separator) > 1 or {following, before} != {separator}:
            yield place


def _kept_before(groups: list[_Group]) -> str:
    """Return what stands in front of a number and is no part of it."""
    separator = groups[0].separator.replace("+", "")
    is_closed = any(")" in group.separator for group in groups[1:])
    return separator.replace("(", "", 1) if is_closed else separator


def _canonical(groups: list[_Group]) -> str:
    """Return the digits of a number, without the prefix of international calls and a zero in parentheses."""
    digits = "".join(
        group.digits
        for place, group in enumerate(groups)
        if not (place and group.digits == "0" and "(" in group.separator)
    )
    return re.sub("^00(?=[1-9])", "", digits)
