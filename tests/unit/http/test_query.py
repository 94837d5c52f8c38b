"""Parameters are known ones, each once and within bounds; all that is wrong is said at once."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixel.foundation.errors import ApiError
from pixel.http.query import QueryParameters

_KNOWN = {"website_id", "from", "limit"}


def _faults(parameters: QueryParameters) -> list[dict[str, str]]:
    try:
        parameters.raise_faults()
    except ApiError as failure:
        details: Any = failure.details
        return list(details["fields"])
    return []


def _reading(**given_values: str) -> QueryParameters:
    return QueryParameters({name: [value] for name, value in given_values.items()}, _KNOWN)


def test_what_is_not_given_is_none() -> None:
    parameters = _reading()

    assert (parameters.text("from"), parameters.website_id(), parameters.integer("limit", 1, 10)) == (None, None, None)
    assert _faults(parameters) == []


def test_what_is_given_is_read() -> None:
    parameters = _reading(**{"from": "2026-01-01", "website_id": "admx_1", "limit": "10"})

    assert (parameters.text("from"), parameters.website_id(), parameters.integer("limit", 1, 10)) == (
        "2026-01-01",
        "admx_1",
        10,
    )
    assert _faults(parameters) == []


def test_an_unknown_parameter_is_told_the_known_ones() -> None:
    assert _faults(QueryParameters({"page": ["1"]}, _KNOWN)) == [
        {
            "path": "page",
            "code": "unknown",
            "message": "`page` is not a parameter of this route; it takes from, limit, website_id.",
        }
    ]


def test_a_repeated_parameter_counts_for_none_of_its_values() -> None:
    parameters = QueryParameters({"limit": ["1", "1"]}, _KNOWN)

    assert parameters.integer("limit", 1, 10) is None
    assert _faults(parameters) == [{"path": "limit", "code": "repeated", "message": "`limit` must be given once."}]


def test_all_faults_are_told_at_once() -> None:
    parameters = QueryParameters({"page": ["1"], "from": ["a", "b"], "limit": ["0"], "website_id": ["x y"]}, _KNOWN)
    parameters.website_id()
    parameters.integer("limit", 1, 10)

    assert [(fault["path"], fault["code"]) for fault in _faults(parameters)] == [
        ("page", "unknown"),
        ("from", "repeated"),
        ("website_id", "invalid"),
        ("limit", "invalid"),
    ]


@pytest.mark.parametrize("website_id", ["admx_1", "A", "_", "-", "0" * 128])
def test_an_id_is_made_of_safe_characters(website_id: str) -> None:
    assert _reading(website_id=website_id).website_id() == website_id


@given(website_id=st.text())
def test_no_other_id_is_let_through(website_id: str) -> None:
    parameters = _reading(website_id=website_id)
    safe = website_id.isascii() and website_id.replace("_", "a").replace("-", "a").isalnum() and len(website_id) <= 128

    assert (parameters.website_id() == website_id) is safe
    assert (_faults(parameters) == []) is safe


@pytest.mark.parametrize(("characters", "allowed"), [(1024, True), (1025, False)])
def test_a_text_has_bounds(characters: int, *, allowed: bool) -> None:
    parameters = _reading(**{"from": "x" * characters})

    assert (parameters.text("from") is not None) is allowed
    assert (_faults(parameters) == []) is allowed


@pytest.mark.parametrize("text", ["\x00", "a\nb", "\x7f", "\u202e", "\ud800"], ids=ascii)
def test_a_text_is_printable(text: str) -> None:
    parameters = _reading(**{"from": text})

    assert parameters.text("from") is None
    assert _faults(parameters) == [
        {"path": "from", "code": "invalid", "message": "`from` must have at most 1,024 printable characters."}
    ]


def test_an_empty_text_counts_as_none() -> None:
    parameters = _reading(**{"from": ""})

    assert parameters.text("from") is None
    assert _faults(parameters) == []


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("1000", 1000), ("-5", -5), ("007", 7), ("-0", 0)])
def test_a_whole_number_is_read(text: str, number: int) -> None:
    assert _reading(limit=text).integer("limit", -5, 1000) == number


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1 ", "+1", "1.0", "1e3", "0x1", "1_0", "-6", "1001", "9" * 4301, "\N{ARABIC-INDIC DIGIT THREE}"],
)
def test_anything_else_is_told_the_bounds(text: str) -> None:
    parameters = _reading(limit=text)

    assert parameters.integer("limit", -5, 1000) is None
    assert _faults(parameters) == [
        {"path": "limit", "code": "invalid", "message": "`limit` must be a whole number from -5 to 1,000."}
    ]


@given(query=st.dictionaries(st.text(max_size=20), st.lists(st.text(), min_size=1, max_size=3)))
def test_nothing_that_can_be_sent_crashes_it_or_is_repeated(query: Mapping[str, Sequence[str]]) -> None:
    parameters = QueryParameters(query, _KNOWN)
    parameters.website_id()
    parameters.text("from")
    parameters.integer("limit", 1, 10)

    for fault in _faults(parameters):
        assert fault.keys() == {"path", "code", "message"}
        assert any(name.startswith(fault["path"]) for name in query)
