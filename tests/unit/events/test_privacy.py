"""E-mail addresses and phone numbers are hashed; what only looks a little like them is not."""

from hashlib import sha256

import pytest

from pixel.events.privacy import digest_of_email, digest_of_external_id, without_personal_data


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("written", ["jane@example.com", " Jane@Example.com ", "JANE@EXAMPLE.COM\n"])
def test_an_address_is_the_same_in_any_case(written: str) -> None:
    assert digest_of_external_id(written) == digest_of_email(written) == _hash("jane@example.com")


@pytest.mark.parametrize(("written", "hashed"), [("User-7", "User-7"), (" 42 ", "42"), ("Ünïcode", "Ünïcode")])
def test_other_ids_are_trimmed_and_kept_in_their_case(written: str, hashed: str) -> None:
    assert digest_of_external_id(written) == _hash(hashed)


@pytest.mark.parametrize(
    "value",
    [
        *[
            "jane@example.com",
            " Jane@Example.COM",
            "Jane Doe <jane@example.com>",
            "a+b@sub.example.co.uk",
            "write jane@x.io!",
        ],
        *["+49 170 1234567", "+1 (555) 010-9999", "0049-170-1234567", "555-010-9999", "(030) 1234567", "030/1234567"],
    ],
)
def test_what_identifies_a_person_is_hashed(value: str) -> None:
    cleared = without_personal_data({"contact": value})["contact"]

    assert isinstance(cleared, str)
    assert len(cleared) == 64
    assert value.strip() not in cleared


@pytest.mark.parametrize("name", ["phone", "Phone", "phone_number", "mobile", "work_tel", "whatsapp_id", "cell"])
@pytest.mark.parametrize("value", ["1701234567", 1701234567])
def test_bare_digits_are_a_phone_number_where_the_name_says_so(name: str, value: object) -> None:
    assert without_personal_data({name: value}) == {name: _hash("1701234567")}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("plan", "pro"), ("seats", 12), ("mrr", 99.5), ("active", True), ("note", None), ("order", "1701234567")],
        *[("order", 1701234567), ("since", "2026-03-04"), ("at", "2026-03-04 05:06:10"), ("born", "04.03.1990")],
        *[("version", "1.2.3"), ("ip", "203.0.113.24"), ("build", "2026.03.04.1"), ("hotels", 7), ("phone", "none")],
        *[("handle", "@jane"), ("size", "10-12"), ("phone_verified", True)],
    ],
)
def test_everything_else_stays(name: str, value: object) -> None:
    assert without_personal_data({name: value}) == {name: value}
