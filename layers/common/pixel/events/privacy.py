"""Hashing of personal data, e-mail addresses and phone numbers, before it is stored or sent."""

import re
from collections.abc import Mapping
from hashlib import sha256

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_EMAIL_WITHIN = re.compile(r"[^\s@<>,;:()]+@[^\s@<>,;:()]+\.[^\s@<>,;:()]+")
_PHONE = re.compile(r"(\+|00)?[0-9(][0-9 ()./-]{5,22}[0-9]")
_PHONE_DIGITS_MIN, _PHONE_DIGITS_MAX = 7, 15
_PHONE_NAME = re.compile(r"phone|mobile|(^|_)(cell|tel|fax|msisdn)(_|$)|whatsapp", re.IGNORECASE)
# Digits with separators that are not phone numbers: dates, times, versions and IP addresses.
_NOT_A_PHONE = re.compile(r"\d{4}[-/.]\d\d?[-/.]\d\d?([ T].*)?|\d\d?[-/.]\d\d?[-/.]\d{4}|\d+(\.\d+)+")


def digest(text: str) -> str:
    """Return the SHA-256 of the text in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def digest_of_email(email: str) -> str:
    """Return the hash of an e-mail address, ignoring case."""
    return digest(email.strip().lower())


def digest_of_external_id(external_id: str) -> str:
    """Return the hash of an external id, ignoring case only if it is an e-mail address."""
    trimmed = external_id.strip()
    return digest_of_email(trimmed) if _EMAIL.fullmatch(trimmed) else digest(trimmed)


def without_personal_data(traits: Mapping[str, object]) -> dict[str, object]:
    """Return the traits with hashes in place of e-mail addresses and phone numbers."""
    return {name: _without_contact(name, value) for name, value in traits.items()}


def _without_contact(name: str, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return value
    text = str(value).strip()
    if _EMAIL.fullmatch(text) or _EMAIL_WITHIN.search(text):
        return digest_of_email(text)
    return digest(text) if _is_phone_number(name, text, is_text=isinstance(value, str)) else value


def _is_phone_number(name: str, text: str, *, is_text: bool) -> bool:
    """Return whether a value is a phone number. Digits without separators count only if the name suggests it."""
    digits = sum(character.isdigit() for character in text)
    if not _PHONE_DIGITS_MIN <= digits <= _PHONE_DIGITS_MAX or not _PHONE.fullmatch(text):
        return False
    if _PHONE_NAME.search(name):
        return True
    return is_text and not text.isdigit() and not _NOT_A_PHONE.fullmatch(text)
