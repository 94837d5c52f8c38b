"""What callers spell their own way is found, and what they misspell has a nearest name."""

import pytest

from pixel.foundation.spelling import by_spelling, choices, nearest, spelled

_KNOWN = frozenset({"website_id", "from", "to", "timezone", "url", "referrer", "event_id", "name"})


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        *[("websiteId", "website_id"), ("WEBSITE_ID", "website_id"), ("site_id", "website_id"), ("URL", "url")],
        *[("time_zone", "timezone"), ("date_from", "from"), ("date-to", "to"), ("event_name", "name")],
        *[("referrer_url", "referrer"), ("sort", None), ("", None), ("x" * 64, None)],
    ],
)
def test_a_name_is_near_by_its_letters_or_else_by_its_words(name: str, meant: str | None) -> None:
    assert nearest(name, _KNOWN) == meant


def test_a_value_is_found_whatever_its_case() -> None:
    values = by_spelling(["DE", "organic_search"])

    assert [spelled(value, values) for value in ("de", " De ", "Organic Search", "organic-search", "D", "")] == [
        *("DE", "DE", "organic_search", "organic_search", None, None),
    ]


def test_choices_are_named_as_in_a_sentence() -> None:
    assert [choices("abc"), choices("ab"), choices("a")] == ["a, b or c", "a or b", "a"]
