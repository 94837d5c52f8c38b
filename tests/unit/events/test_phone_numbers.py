"""Phone numbers are found in every usual spelling; dates, prices, versions, addresses and ids are left alone."""

import re

from pixel.events.phone_numbers import names_phone_number, replace_phone_numbers

INTERNATIONAL = (
    *("+49 170 1234567", "+49-170-1234567", "+49.170.1234567", "+49 (170) 1234567", "+49 170 / 123 45 67"),
    *("+49 (0) 170 1234567", "+49(0)170/1234567", "(+49) 170 1234567", "+491701234567"),
    *("0049 170 1234567", "0049-170-1234567", "(0049) 170 1234567", "00491701234567"),
    *("tel:+491701234567", "TEL:+49-170-1234567", "tel:0049170 1234567"),
)
_NATIONAL = (
    *("0170 1234567", "0170-1234567", "0170/1234567", "(0170) 1234567", "(0170)1234567", "0170.1234567"),
    *("0170 / 123 45 67", "0170 123 4567", "01701234567", "tel:01701234567"),
)
_OF_COUNTRIES = (
    *("555-010-9999", "(555) 010-9999", "555.010.9999", "555 010 9999", "1-800-555-0199", "+1 (555) 010-9999"),
    *("(030) 1234567", "030/1234567", "06 12 34 56 78", "06.12.34.56.78", "0612345678", "020 7946 0958", "07911123456"),
    *(
        "98765 43210",
        "138 0013 8000",
        "11 98765-4321",
        "(11) 98765-4321",
        "11 1234-5678",
        "612 34 56 78",
        "612 345 678",
    ),
    *(
        "512-345-678",
        "22 621 02 15",
        "12 34 56 78",
        "912 34 567",
        "8 (495) 123-45-67",
        "8 800 555-35-35",
        "532 123 45 67",
    ),
    *("347 1234567", "9 8765 4321", "090-1234-5678", "010-1234-5678", "02-1234-5678", "0412 345 678"),
)
_WITH_A_WORD = ("Tel 5550109999", "phone: 1701234567", "tel. 123-4567", "Mobile no. 1701234567", "WhatsApp: 12345678")
NOT_PHONE_NUMBERS = (
    *("2026-03-04", "2026-03-04 05:06:10", "2026-03-04T05:06:10.123456789+01:00", "04.03.1990", "04.03.1990 05:06"),
    *("03/04/2026", "2026/03/04", "20260304", "20260304T050610Z", "2026-03-04 - 2026-03-05", "2024/2025", "04 03 1990"),
    *("1772600770", "1772600770123", "10:30-11:45", "2026-W10-3"),
    *("1701234567", "5550109999", "0000012345", "012345678905", "4006381333931"),  # digits alone say nothing
    *("ORD-2026-001234", "2026-000123", "12345-67890", "1234-5678", "100-2345678-9012345", "#555-010-9999"),
    *("4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111111", "3782 822463 10005", "1234-5678-9012"),
    *("978-3-16-148410-0", "0-306-40615-2", "DE89 3704 0044 0532 0130 00", "123-45-6789", "12345-6789"),
    *("550e8400-e29b-41d4-a716-446655440000", "12345678-1234-4234-8234-123456789012", "ab12-1234-5678-9012"),
    *("203.0.113.24", "203.0.113.24:8080", "10.0.0.0/24", "203.0.113.24 203.0.113.25", "2001:db8:85a3::8a2e:370:7334"),
    *("1.2.3", "120.0.6099.109", "2026.03.04.1", "v10.15.7", "Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/120.0.0.0"),
    *("1,234,567.00", "1.234.567,89", "1 234 567", "12 345 678", "1 234 567 890", "$1,234,567", "100 000 000"),
    *("612 345 678 EUR", "612 345 678,00", "£612 345 678", "1234567.89", "99.99", "0.1234567", "+100", "1e10"),
    *(
        "52.5200, 13.4050",
        "52.5200 13.4050",
        "-33.8688, 151.2093",
        "-52.5200123",
        "10-12",
        "1000000-2000000",
        "1920x1080",
    ),
    *("12345", "007", "10 20 30 40 50 60", "1-2-3-4-5-6-7-8", "01:23:45:67:89:ab", "d41d8cd98f00b204e9800998ecf8427e"),
)


def _marked(text: str, *, is_expected: bool = False) -> str:
    return replace_phone_numbers(text, lambda number: f"[{number}]", is_expected=is_expected)


def test_every_spelling_of_a_number_is_that_number() -> None:
    assert {text: _marked(text) for text in INTERNATIONAL} == dict.fromkeys(INTERNATIONAL, "[491701234567]")
    assert {text: _marked(text) for text in _NATIONAL} == dict.fromkeys(_NATIONAL, "[01701234567]")


def test_numbers_are_found_as_each_country_groups_them() -> None:
    kept = {text: re.sub(r"\[\d+\]", "", _marked(text)) for text in _OF_COUNTRIES}

    assert kept == dict.fromkeys(_OF_COUNTRIES, "")


def test_within_a_text_the_number_alone_is_replaced() -> None:
    surroundings = ("call {} now, or wait", "Jane ({}), 12 Main Street", "Mobil: {}", "Room 12 {}", "12345 {}", "{}; 7")
    for number, digits in ((number, "01701234567") for number in _NATIONAL if not number.startswith("(")):
        for text in surroundings:
            assert _marked(text.format(number)) == text.format(f"[{digits}]")
    for number in INTERNATIONAL:
        assert _marked(f"call {number} now") == "call [491701234567] now"


def test_each_of_several_numbers_is_replaced() -> None:
    marked = {
        "030 1234567 / 0170 1234567": "[0301234567] / [01701234567]",
        "030 1234567, 0170 1234567": "[0301234567], [01701234567]",
        "030 1234567 0170 1234567": "[0301234567] [01701234567]",
        "+49 30 1234567 +49 170 1234567": "[49301234567] [491701234567]",
        "+49 170 1234567 2026": "[491701234567] 2026",
        "0170 1234567 " * 78: "[01701234567] " * 78,
        "since 2026-03-04 030/1234567": "since 2026-03-04 [0301234567]",
        "Order 1234 555-010-9999": "Order 1234 [5550109999]",
        "+491701234567+49301234567": "[491701234567][49301234567]",
        "Tel+49 170 1234567x5": "Tel[491701234567]x5",
        "0170 1234567 ext. 12": "[01701234567] ext. 12",
    }

    assert {text: _marked(text) for text in marked} == marked


def test_a_word_in_front_makes_a_number_of_any_digits() -> None:
    kept = [re.sub(r"\[\d+\]", "", _marked(text)) for text in _WITH_A_WORD]

    assert kept == ["Tel ", "phone: ", "tel. ", "Mobile no. ", "WhatsApp: "]


def test_other_numbers_stay() -> None:
    assert {text: _marked(text) for text in NOT_PHONE_NUMBERS} == {text: text for text in NOT_PHONE_NUMBERS}


def test_where_numbers_are_expected_only_dates_and_other_lengths_stay() -> None:
    marked = {"1701234567": "[1701234567]", "123-4567": "[1234567]", "12": "12", "2026-03-04": "2026-03-04"}

    assert {text: _marked(text, is_expected=True) for text in marked} == marked


def test_names_that_say_phone_number() -> None:
    names = (
        "phone",
        "Phone",
        "phone_number",
        "phoneNumber",
        "homePhone",
        "mobile",
        "work_tel",
        "workTel",
        "whatsapp_id",
    )
    others = (
        "order",
        "phone_verified_at",
        "phone_model",
        "microphones_count",
        "cello",
        "hotels",
        "automobile",
        "",
        "7",
    )

    assert [name for name in (*names, "cell", "fax", "Telefonnummer", "móvil") if not names_phone_number(name)] == []
    assert [name for name in others if names_phone_number(name)] == []
