"""A password is known by its hash, and nothing else is that password."""

import pytest

from pixel.auth import passwords
from pixel.auth.passwords import is_right, to_hash
from tests.conftest import FULL_PASSWORD_COST


def test_only_the_password_has_its_hash() -> None:
    written = to_hash("correct horse")

    assert is_right("correct horse", written)
    assert not any(is_right(other, written) for other in ("correct horse ", "Correct horse"))
    assert to_hash("correct horse") != written


def test_a_hash_of_functions_costs_what_was_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "LOG_COST", FULL_PASSWORD_COST)

    written = to_hash("correct horse")

    assert written.startswith("$scrypt$ln=15,r=8,p=3$")
    assert is_right("correct horse", written)


@pytest.mark.parametrize(
    "written", ["", "$scrypt$", "$scrypt$ln=15,r=8,p=3$A$A", "$argon2$ln=15,r=8,p=3$c2FsdA$aGFzaA", "plain"]
)
def test_what_is_no_hash_is_no_password_s(written: str) -> None:
    assert not is_right("plain", written)
