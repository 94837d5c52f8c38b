"""E-mail addresses within a text, and the spelling in which two of the same address are equal."""

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

# Letters and marks of other scripts, without the blocks of punctuation and symbols, which end an address.
_FOREIGN = "\u0250-\u1fff\u2c00-\u2dff\u3040-\ud7ff\uf900-\ufdff\ufe70-\ufeff\U00010000-\U0003ffff"
_ACCENTED = "\u00c0-\u024f"
_DOT = r"(?:\.|\u3002(?=[0-9A-Za-z]))"  # U+3002 ends sentences, and is a dot only within a domain
_QUOTED = r'"(?:[^"\\\r\n]|\\.)+"'
_NUMERIC = r"(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])|\[(?:(?i:IPv6):)?[0-9A-Fa-f:.]+\])"
_SCHEME = "(?:(?i:mailto:)[ ]?)?"


class _Patterns(NamedTuple):
    within: re.Pattern[str]
    alone: re.Pattern[str]


@cache
def _patterns(*, is_ascii: bool) -> _Patterns:
    """Compile the patterns when they are first needed; those of all scripts take 50 ms."""
    latin = "A-Za-z" if is_ascii else f"A-Za-z{_ACCENTED}"
    letters = latin if is_ascii else latin + _FOREIGN
    first = rf"{letters}0-9_!#$%*+\-^~"
    local = rf"""(?:{_QUOTED}|(?<![{first}])(?<![{first}][.'`])[{first}][{first}.'`]*)"""
    local_alone = rf"""(?:{_QUOTED}|[{first}/=&?|{{}}][{first}/=&?|{{}}.'`]*)"""
    # An address may be followed by words of another script without a space, so the last label is of one script.
    last_label = rf"(?:[{latin}][{latin}0-9\-]*{'' if is_ascii else f'|[{_FOREIGN}]+'})"
    domain = rf"(?:[{letters}0-9_\-]+{_DOT})+{last_label}|{_NUMERIC}"
    return _Patterns(
        re.compile(rf"{_SCHEME}(?P<local>{local})[ ]?@[ ]?(?P<domain>{domain}|{last_label}(?=>))"),
        re.compile(rf"{_SCHEME}(?P<local>{local_alone})(?:[ ]?@[ ]?(?P<domain>{domain})\.?|@(?P<host>{last_label}))"),
    )


_LIKE_AN_ADDRESS = re.compile(r"[^\s@/:]+@[^\s@\d][^\s@]*")  # with a mistake in it, such as two dots
_NEEDLESS_QUOTES = re.compile(r'"([^\s"\\@<>()\[\],;:]+)"')


def replace_email_addresses(text: str, replacement: Callable[[str], str]) -> str:
    """Replace each address by what `replacement` returns for its canonical spelling.

    A host without a dot, as in jane@localhost, makes an address only in angle brackets or if the text has nothing else.
    """
    if "@" not in text:
        return text
    patterns = _patterns(is_ascii=text.isascii())
    if alone := patterns.alone.fullmatch(text.strip()):
        return replacement(_canonical(alone))
    replaced = patterns.within.sub(lambda found: replacement(_canonical(found)), text)
    if replaced == text and _LIKE_AN_ADDRESS.fullmatch(text.strip()):
        return replacement(text.strip().lower())
    return replaced


def canonical_email_address(text: str) -> str | None:
    """Return the canonical spelling of a text that is an address and nothing else, or None."""
    alone = _patterns(is_ascii=text.isascii()).alone.fullmatch(text.strip()) if "@" in text else None
    return None if alone is None else _canonical(alone)


def _canonical(found: re.Match[str]) -> str:
    named = found.groupdict()
    local, domain = found["local"].lower(), (named["domain"] or named["host"]).lower().replace("\u3002", ".")
    if needless := _NEEDLESS_QUOTES.fullmatch(local):
        local = needless[1]
    return f"{local}@{_in_unicode(domain) if 'xn--' in domain else domain}"


def _in_unicode(domain: str) -> str:
    """Return an encoded domain name as people write it, so that both have the same digest."""
    import idna  # noqa: PLC0415 - large tables, which only an encoded name needs

    try:
        return idna.decode(domain)
    except idna.IDNAError:
        return domain
