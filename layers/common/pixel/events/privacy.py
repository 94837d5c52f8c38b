"""Traits without e-mail addresses and phone numbers, in whose place hashes are stored.

docs/security.md says what is recognized.
"""

from collections.abc import Mapping

from pixel.events.digests import digest, plain
from pixel.events.email_addresses import replace_email_addresses
from pixel.events.phone_numbers import names_phone_number, replace_phone_numbers


def without_personal_data(traits: Mapping[str, object]) -> dict[str, object]:
    """Return the traits with hashes in place of e-mail addresses and phone numbers."""
    return {name: _without_contacts(name, value) for name, value in traits.items()}


def holds_personal_data(name: str) -> bool:
    """Return whether the name of a trait holds an e-mail address or a phone number."""
    return any(_replace_contacts(text) != text for text in (plain(name), plain(name).replace("_", " ")))


def _without_contacts(name: str, value: object) -> object:
    if isinstance(value, str):
        text = plain(value)
        replaced = _replace_contacts(text, is_phone_expected=names_phone_number(name))
        return value if replaced == text else replaced.strip()
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value != int(value):
        return value
    text = str(int(value))
    replaced = replace_phone_numbers(text, digest, is_expected=names_phone_number(name))
    return value if replaced == text else replaced


def _replace_contacts(text: str, *, is_phone_expected: bool = False) -> str:
    return replace_phone_numbers(replace_email_addresses(text, digest), digest, is_expected=is_phone_expected)
