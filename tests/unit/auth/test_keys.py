"""An API key is recognisable, hard to mistype and never stored."""

import re
import string
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixel.auth import keys
from pixel.auth.keys import KeyRecord
from tests.conftest import IssuedKey

_ALPHABET = string.digits + string.ascii_letters


def _key(kind: str, secret: int) -> str:
    body = f"pixel_{kind}_{keys._base62(secret, 43)}"
    return body + keys._checksum(body)


_KEYS = st.builds(_key, st.sampled_from(["live", "test"]), st.integers(0, 2**256 - 1))


@pytest.mark.parametrize("test", [False, True])
def test_a_generated_key_is_well_formed(*, test: bool) -> None:
    assert all(keys.is_well_formed(keys.generate(test=test)) for _ in range(100))


@pytest.mark.parametrize(("test", "prefix"), [(False, "pixel_live_"), (True, "pixel_test_")])
def test_a_key_is_prefix_then_43_characters_of_secret_then_6_of_checksum(prefix: str, *, test: bool) -> None:
    key = keys.generate(test=test)

    assert re.fullmatch(rf"{prefix}[0-9A-Za-z]{{43}}[0-9A-Za-z]{{6}}", key)


def test_no_two_keys_are_equal() -> None:
    made = {keys.generate() for _ in range(1000)}

    assert len(made) == 1000


def test_the_secret_holds_32_random_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pixel.auth.keys.secrets.randbits", lambda bits: 2**bits - 1)

    key = keys.generate()

    assert _number(key.removeprefix("pixel_live_")[:43]) == 2**256 - 1


def test_a_key_made_elsewhere_by_the_same_rules_is_well_formed() -> None:
    """Keys in customers' hands outlive this code: neither alphabet nor checksum may change."""
    key = "pixel_test_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg2YQhva"

    assert keys.is_well_formed(key)


@given(key=_KEYS, data=st.data())
def test_a_key_with_one_other_character_is_never_well_formed(key: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(key) - 1))
    other = data.draw(st.one_of(st.sampled_from(_ALPHABET), st.characters()).filter(lambda c: c != key[place]))

    assert not keys.is_well_formed(key[:place] + other + key[place + 1 :])


@given(key=_KEYS, data=st.data())
def test_a_key_with_a_character_more_or_less_is_never_well_formed(key: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(key) - 1))
    extra = data.draw(st.characters())

    assert not keys.is_well_formed(key[:place] + key[place + 1 :])
    assert not keys.is_well_formed(key[:place] + extra + key[place:])
    assert not keys.is_well_formed(key + extra)


@given(key=_KEYS, place=st.integers(11, 52))
def test_a_secret_with_two_neighbours_swapped_is_only_well_formed_if_they_are_equal(key: str, place: int) -> None:
    swapped = key[:place] + key[place + 1] + key[place] + key[place + 2 :]

    assert keys.is_well_formed(swapped) is (swapped == key)


@given(text=st.text())
def test_any_text_may_be_asked_about(text: str) -> None:
    assert not keys.is_well_formed(text)


def test_a_key_of_another_kind_with_a_right_checksum_is_not_well_formed() -> None:
    body = "pixel_prod_" + "0" * 43

    assert not keys.is_well_formed(body + keys._checksum(body))


@pytest.mark.parametrize("length", [42, 44, 100])
def test_a_key_of_another_length_with_a_right_checksum_is_not_well_formed(length: int) -> None:
    body = "pixel_live_" + "0" * length

    assert not keys.is_well_formed(body + keys._checksum(body))


def test_the_digest_is_the_sha_256_of_the_whole_key() -> None:
    assert keys.digest("pixel_live_x") == sha256(b"pixel_live_x").hexdigest()


def test_the_shown_prefix_holds_four_characters_of_the_secret() -> None:
    assert keys.shown_prefix("pixel_live_0123456789") == "pixel_live_0123"


def _number(base62: str) -> int:
    value = 0
    for character in base62:
        value = value * 62 + (string.digits + string.ascii_uppercase + string.ascii_lowercase).index(character)
    return value


_MOMENT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"expires_at": _MOMENT},
        {"revoked_at": _MOMENT},
        {"scopes": ()},
        {"name": "Ünïcode \N{ROCKET}"},
        {"rate_limit": 5000},
    ],
)
def test_a_stored_record_is_found_as_it_was(issue_key: Callable[..., IssuedKey], changes: dict[str, object]) -> None:
    issued = issue_key(**changes)

    assert keys.find(issued.key) == issued.record


def test_a_key_that_nobody_issued_is_not_found(issue_key: Callable[..., IssuedKey]) -> None:
    issue_key()

    assert keys.find(keys.generate()) is None


def test_a_stored_record_holds_the_hash_and_never_the_key(issue_key: Callable[..., IssuedKey]) -> None:
    issued = issue_key()

    assert keys.digest(issued.key) == issued.record.to_item()["key_hash"]
    assert issued.key not in str(issued.record.to_item())
    assert issued.key[15:] not in str(issued.record.to_item())


def test_an_item_without_the_optional_times_is_a_key_without_them(issue_key: Callable[..., IssuedKey]) -> None:
    item = issue_key().record.to_item()
    del item["expires_at"], item["revoked_at"]

    record = KeyRecord.from_item(item)

    assert (record.expires_at, record.revoked_at) == (None, None)


@pytest.mark.parametrize(("seconds", "expired"), [(-1, False), (0, True), (1, True)])
def test_a_key_ends_at_the_second_it_names(issue_key: Callable[..., IssuedKey], seconds: int, *, expired: bool) -> None:
    record = issue_key(expires_at=_MOMENT).record

    assert record.has_expired(_MOMENT + timedelta(seconds=seconds)) is expired
