"""The query of a destination is added to, and nothing of it is written anew."""

from typing import NamedTuple

import pytest

from pixel.links.queries import ADDRESS_CHARACTERS_MAX, with_parameters


class _Case(NamedTuple):
    url: str
    given: list[tuple[str, str]]
    kept: str  # with the destination's own parameters
    replaced: str


_CASES = (
    _Case("https://x.com/", [("a", "1")], "https://x.com/?a=1", "https://x.com/?a=1"),
    _Case("https://x.com/?a=1", [("a", "2")], "https://x.com/?a=1", "https://x.com/?a=2"),
    _Case("https://x.com/?a=1&a=3&b", [("a", "2")], "https://x.com/?a=1&a=3&b", "https://x.com/?b&a=2"),
    _Case("https://x.com/#top", [("a", "1")], "https://x.com/?a=1#top", "https://x.com/?a=1#top"),
    _Case("https://x.com/?q=%20%2F+x;y#a?b", [("c", "1")], *["https://x.com/?q=%20%2F+x;y&c=1#a?b"] * 2),
    _Case("https://x.com/?a%5B%5D=1", [("a[]", "2")], "https://x.com/?a%5B%5D=1", "https://x.com/?a%5B%5D=2"),
    _Case("https://x.com/?", [("a", "b c&d=e#f\r\nü")], *["https://x.com/?a=b%20c%26d%3De%23f%0D%0A%C3%BC"] * 2),
    _Case("https://x.com/?a=1", [], *["https://x.com/?a=1"] * 2),
    _Case("https://x.com/", [("a", "1"), ("a", "2")], *["https://x.com/?a=1&a=2"] * 2),
    _Case("https://x.com/?A=1", [("a", "2")], *["https://x.com/?A=1&a=2"] * 2),
    _Case("https://x.com/", [("u", "https://y.com/a?b")], *["https://x.com/?u=https://y.com/a?b"] * 2),
)


@pytest.mark.parametrize("case", _CASES)
def test_parameters_stand_at_the_end_of_the_query(case: _Case) -> None:
    assert with_parameters(case.url, case.given, replacing=False) == case.kept
    assert with_parameters(case.url, case.given, replacing=True) == case.replaced


def test_nothing_that_is_given_breaks_out_of_the_query() -> None:
    hostile = [(chr(code), chr(code)) for code in range(0x120)]

    url = with_parameters("https://x.com/a?own=1#end", hostile, replacing=True)

    assert url.startswith("https://x.com/a?own=1&")
    assert url.endswith("#end")
    assert url.isascii()
    assert url.isprintable()
    assert url.count("#") == 1
    assert " " not in url


def test_no_query_makes_an_address_longer_than_an_answer_can_hold() -> None:
    for destination in ("https://x.com/?a=1#top", f"https://x.com/{'a' * 4000}", f"https://x.com/?{'a' * 9000}"):
        for value in ("|" * 3000, "b" * 8190, "😀" * 700):
            given = [("first", "1"), ("long", value), ("last", "2")]
            for replacing in (False, True):
                address = with_parameters(destination, given, replacing=replacing)
                assert len(address) <= max(ADDRESS_CHARACTERS_MAX, len(destination))
                fits = len(destination) < ADDRESS_CHARACTERS_MAX
                assert ("first=1" in address, "last=2" in address) == (fits, fits)
