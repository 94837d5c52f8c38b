"""E-mail addresses and phone numbers in traits are hashed in every spelling; what only looks like them is not."""

import json
import re
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixel.events.digests import digest_of_email, digest_of_external_id
from pixel.events.models import read_identify
from pixel.events.privacy import holds_personal_data, without_personal_data
from pixel.events.rows import Identity, row_of_identify
from pixel.foundation.errors import ApiError
from tests.unit.events.test_phone_numbers import INTERNATIONAL, NOT_PHONE_NUMBERS

_IDENTITY = Identity("ws_1", "evt_1", "v", 1_772_600_770_000, 1_772_600_770_000)
_INVISIBLE = ("", "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad")
_AT = ("@", "＠", "﹫", "%40", "%2540", "\u200b@", "\u00a0@\u00a0")
_SURROUNDINGS = (
    "{}",
    " {} ",
    "write to {}!",
    "<{}>",
    "({}), please",
    "first\n{}\nlast",
    "https://example.org/?q={}&r",
)


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _cleared(value: object, name: str = "note") -> object:
    return without_personal_data({name: value})[name]


@pytest.mark.parametrize(
    "written", ["jane@example.com", " Jane@Example.com ", "JANE@EXAMPLE.COM\n", "jane＠example.com"]
)
def test_an_address_is_the_same_in_any_spelling(written: str) -> None:
    assert digest_of_external_id(written) == digest_of_email(written) == _hash("jane@example.com")


@pytest.mark.parametrize(
    ("written", "hashed"),
    [
        ("User-7", "User-7"),
        (" 42 ", "42"),
        ("Ünïcode", "Ünïcode"),
        ("+49 170 1234567", "+49 170 1234567"),
        ("a%20b", "a%20b"),
    ],
)
def test_other_ids_are_trimmed_and_kept_in_their_spelling(written: str, hashed: str) -> None:
    assert digest_of_external_id(written) == _hash(hashed)


def test_an_id_with_one_at_is_lower_cased_as_it_is() -> None:
    assert digest_of_external_id("Tenant:7@4.2") == digest_of_email("Tenant:7@4.2") == _hash("tenant:7@4.2")


def test_every_form_of_the_characters_of_an_address_has_its_hash() -> None:
    written = [
        *("jane%40example.com", "jane%2540example.com", "MAILTO:Jane%40example.com", "jane﹫example.com"),
        *("ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ", "ja\u200bne@exam\u200dple.com", "\ufeffjane@exam\u00adple.com"),
        *("jane\u00a0@\u00a0example.com", "jane@example｡com", "\u202ajane@example.com\u202c"),
    ]

    assert {text: _cleared(text) for text in written} == dict.fromkeys(written, _hash("jane@example.com"))


def test_every_form_of_the_characters_of_a_phone_number_has_its_hash() -> None:
    written = [
        *INTERNATIONAL,
        *(
            "%2B49%20170%201234567",
            "%2b49+170+1234567",
            "＋４９ １７０ １２３４５６７",
            "+49\u00a0170\u00a01234567",
            "+49\u2011170\u20111234567",
        ),
        *("+49\u200b170\u200b1234567", "+٤٩ ١٧٠ ١٢٣٤٥٦٧", "+49 – 170 – 1234567", "\u202a+49 170 1234567\u202c"),
        *("+49\t170\t1234567", "+49\u2212170\u22121234567", "（+49） 170 1234567"),
    ]

    assert {text: _cleared(text) for text in written} == dict.fromkeys(written, _hash("491701234567"))


def test_within_a_text_the_hash_stands_in_place_of_what_was_found() -> None:
    mail, phone = _hash("jane@example.com"), _hash("491701234567")

    assert _cleared("Jane Doe <Jane%40Example.com>, +49 170 1234567.") == f"Jane Doe <{mail}>, {phone}."


@pytest.mark.parametrize("name", ["phone", "phone_number", "mobile", "work_tel", "whatsapp_id", "cellPhone"])
@pytest.mark.parametrize("value", ["1701234567", 1701234567, 1701234567.0, "١٧٠١٢٣٤٥٦٧"])
def test_digits_alone_are_a_phone_number_where_the_name_says_so(name: str, value: object) -> None:
    assert without_personal_data({name: value}) == {name: _hash("1701234567")}


def test_everything_else_stays_as_it_was_sent() -> None:
    numbers = {f"text_{number}": text for number, text in enumerate(NOT_PHONE_NUMBERS)}
    others = {"seats": 12, "mrr": 99.5, "huge": 1e300, "active": True, "note": None, "order": 1701234567, "at": "@jane"}
    named = {"phone": "none", "phone_verified": True, "phone_since": "2026-03-04", "mobile_score": -1234567}
    marks = {"rate": "100%41", "wide": "\uff21\u00a0x\u200by", "lines": "a\n\tb", "version": "pixel@4.17.21"}
    kept = {**numbers, **others, **named, **marks, "phone_seen_at": 1772600770123}

    assert without_personal_data(kept) == kept


def test_names_of_traits_hold_neither_and_the_error_does_not_repeat_them() -> None:
    refused = (
        *("jane@example.com", "jane%40example.com", "jane＠example.com", "contact_jane@example.com"),
        *("+49 170 1234567", "phone_1701234567", "call_555-010-9999", "+49_170_1234567", "0170_1234567"),
    )
    for name in refused:
        with pytest.raises(ApiError) as raised:
            read_identify(
                {"website_id": "admx_1", "visitor_id": "v", "external_id": "e", "traits": {"plan": "pro", name: 1}}
            )
        details = json.dumps(raised.value.details, ensure_ascii=False)
        assert '"path": "traits", "code": "invalid"' in details
        assert "send it as a value" in details
        assert name not in details
    for name in ("plan", "score_2026", "2026-03-04", "order_1701234567", "v1.2.3"):
        assert not holds_personal_data(name)


_locals = st.from_regex(r"[a-z]{3}[a-z0-9._+-]{0,8}[a-z]q", fullmatch=True)
_domains = st.from_regex(r"[a-z]{4,9}(-[a-z]{2})?\.(com|de|co\.uk|museum|рф|中国)", fullmatch=True)
_groups = st.lists(st.from_regex(r"[1-9][0-9]{2,3}", fullmatch=True), min_size=2, max_size=3)
_separators = st.sampled_from(["", " ", "-", ".", "/", " / ", " - ", "\u00a0", "\u2011", "\u2013", "\u200b"])


@given(_locals, _domains, st.sampled_from(_AT), st.sampled_from(_INVISIBLE), st.sampled_from(_SURROUNDINGS))
def test_no_text_of_an_address_survives_into_a_row(local: str, domain: str, at: str, mark: str, around: str) -> None:
    written = f"{local[:2]}{mark}{local[2:]}{at}{domain.upper()}"

    row = _row(around.format(written))

    assert not re.search("[@＠﹫]|%40", row)
    assert local not in row.lower()
    assert _hash(f"{local}@{domain}") in row


_countries = st.sampled_from(["1", "44", "49", "351"])
_starts = st.sampled_from(["+{} ", "00{}-", "tel:+{}", "\uff0b{}\u00a0", "%2B{}%20", "(+{}) "])
_FULL_WIDTH = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}


@given(
    st.tuples(_starts, _countries),
    _groups,
    _separators,
    st.sampled_from(_SURROUNDINGS),
    st.sampled_from([{}, _FULL_WIDTH]),
)
def test_no_digits_of_a_phone_number_survive_into_a_row(
    start: tuple[str, str], groups: list[str], separator: str, around: str, width: dict[int, int]
) -> None:
    begin, country = start
    written = begin.format(country) + separator.join(groups)

    row = _row(around.format(written if "%" in written else written.translate(width)))

    assert _hash(country + "".join(groups)) in row
    assert not re.search(r"\d", re.sub("[0-9a-f]{64}", "", row))


def _row(trait: str) -> str:
    event = {"website_id": "admx_1", "visitor_id": "v", "external_id": "e", "traits": {"note": trait}}
    row = row_of_identify(read_identify(event), _IDENTITY)
    return str(json.loads(row)["traits"])
