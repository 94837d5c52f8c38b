"""A key is found by its hash, with all that is stored about it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from pixel.auth import keys
from pixel.auth.keys import KeyRecord
from tests.conftest import IssuedKey

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
