"""Hashes of personal data: that of the canonical spelling, so that all spellings have the same."""

import re
import unicodedata
from hashlib import sha256
from urllib.parse import unquote

from pixel.events.email_addresses import canonical_email_address

_ONE_AT = re.compile(r"[^\s@]+@[^\s@]+")
_ROUNDS_OF_DECODING = 3
_ENCODED_PLUS = re.compile("%(?:25)*2b", re.IGNORECASE)
_LIKE_ASCII = str.maketrans({"\u2212": "-", "\u2215": "/", "\u2044": "/", "\u00b7": ".", "\u2022": "."})
_INVISIBLE = {"Cf", "Cc"}
_INVISIBLE_LETTERS_AND_MARKS = {"\u034f", "\u115f", "\u1160", "\u3164", "\uffa0", *map(chr, range(0xFE00, 0xFE10))}


def digest(text: str) -> str:
    """Return the SHA-256 of the text in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def digest_of_email(email: str) -> str:
    """Return the hash of an e-mail address, the same for each of its spellings."""
    return digest(canonical_email_address(plain(email)) or email.strip().lower())


def digest_of_external_id(external_id: str) -> str:
    """Return the hash of an external id, ignoring case and spelling only if it is an e-mail address."""
    trimmed = external_id.strip()
    if _ONE_AT.fullmatch(trimmed) or canonical_email_address(plain(trimmed)):
        return digest_of_email(trimmed)
    return digest(trimmed)


def plain(text: str) -> str:
    """Return a text without percent encoding, invisible characters and other forms of the same characters."""
    if text.isascii() and text.isprintable() and "%" not in text:
        return text
    if _ENCODED_PLUS.search(text):
        text = text.replace("+", " ")  # as forms encode blanks
    for _ in range(_ROUNDS_OF_DECODING):
        text = unquote(text, errors="ignore")
    return "".join(map(_plain_character, unicodedata.normalize("NFKC", text))).translate(_LIKE_ASCII)


def _plain_character(character: str) -> str:
    if character.isascii() and character.isprintable():
        return character
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd":
        return "-"
    if category == "Zs" or character in "\t\r\n":
        return " "
    return "" if category in _INVISIBLE or character in _INVISIBLE_LETTERS_AND_MARKS else character
