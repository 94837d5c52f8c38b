"""A report's window is what the caller means by its days, in the caller's time zone."""

from collections.abc import Mapping

import pytest

from pixel.foundation.errors import ApiError
from pixel.foundation.time_zones import time_zones
from pixel.http.query import QueryParameters
from pixel.reports.window import PARAMETERS, Window, read_window
from tests.conftest import Frozen

_NOW = "2026-03-04 05:06:10"
_IN_AN_HOUR = "2026-03-04 06:06:10"


def _read(given: Mapping[str, str]) -> Window:
    parameters = QueryParameters({name: [value] for name, value in given.items()}, PARAMETERS)
    window = read_window(parameters)
    parameters.raise_faults()
    return window


def _faults(given: Mapping[str, str]) -> dict[str, str]:
    with pytest.raises(ApiError) as caught:
        _read(given)
    assert caught.value.error.code == "invalid_query"
    assert caught.value.details is not None
    fields: list[dict[str, str]] = caught.value.details["fields"]  # type: ignore[assignment]  # details hold anything
    return {field["path"]: field["message"] for field in fields}


@pytest.mark.parametrize(
    ("given", "date_from", "date_to"),
    [
        ({"from": "2026-02-01", "to": "2026-02-28"}, "2026-02-01 00:00:00", "2026-03-01 00:00:00"),
        ({"from": "2026-02-01", "to": "2026-02-01"}, "2026-02-01 00:00:00", "2026-02-02 00:00:00"),
        (
            {"from": "2026-02-01", "to": "2026-02-01", "timezone": "Asia/Kolkata"},
            "2026-01-31 18:30:00",
            "2026-02-01 18:30:00",
        ),
        # The day of a change to summer time has 23 hours, that of the change back has 25.
        (
            {"from": "2026-03-29", "to": "2026-03-29", "timezone": "Europe/Berlin"},
            "2026-03-28 23:00:00",
            "2026-03-29 22:00:00",
        ),
        (
            {"from": "2025-10-26", "to": "2025-10-26", "timezone": "Europe/Berlin"},
            "2025-10-25 22:00:00",
            "2025-10-26 23:00:00",
        ),
        # A midnight that never was: the day begins when the clock had been put forward.
        (
            {"from": "2024-04-26", "to": "2024-04-26", "timezone": "Africa/Cairo"},
            "2024-04-25 22:00:00",
            "2024-04-26 21:00:00",
        ),
        ({"from": "2026-02-01T10:00:00Z", "to": "2026-02-01T11:30:00Z"}, "2026-02-01 10:00:00", "2026-02-01 11:30:00"),
        (
            {"from": "2026-02-01T10:00+02:00", "to": "2026-02-01T10:00:00.999-02:00"},
            "2026-02-01 08:00:00",
            "2026-02-01 12:00:00",
        ),
        ({"from": "2026-02-01T10:00:00Z", "to": "2026-02-01T10:00:00Z"}, "2026-02-01 10:00:00", "2026-02-01 10:00:00"),
        (  # an instant may be written as that of an event
            {"from": "2026-02-01t10:00:00z", "to": "2026-02-01T13:30:00+0200"},
            "2026-02-01 10:00:00",
            "2026-02-01 11:30:00",
        ),
        (
            {"from": "1970-01-01", "to": "2105-12-31", "timezone": "Asia/Tokyo"},
            "1970-01-01 00:00:00",
            "2105-12-31 15:00:00",
        ),
    ],
)
def test_days_and_instants_become_moments_in_utc(given: dict[str, str], date_from: str, date_to: str) -> None:
    window = _read(given)

    assert (window.date_from, window.date_to) == (date_from, date_to)
    assert window.timezone == given.get("timezone")


def test_without_dates_the_pipe_decides() -> None:
    assert _read({}) == Window(None, None, None)
    assert _read({"timezone": "Europe/Berlin"}) == Window("Europe/Berlin", None, None)


@pytest.mark.usefixtures("frozen")
def test_one_end_alone_gets_the_other_so_that_no_token_leaves_one_open() -> None:
    assert _read({"from": "2026-03-01"})[1:] == ("2026-03-01 00:00:00", _IN_AN_HOUR)
    assert _read({"to": "2026-03-01"})[1:] == ("2026-01-31 00:00:00", "2026-03-02 00:00:00")
    assert _read({"from": "2026-04-01"})[1:] == ("2026-04-01 00:00:00", "2026-04-01 00:00:00")


def test_the_clock_of_the_tests_is_the_one_above(frozen: Frozen) -> None:
    assert _read({"from": _NOW.replace(" ", "T") + "Z"}).date_from == _NOW
    assert frozen.seconds % 60 == 10


@pytest.mark.parametrize("name", ["from", "to"])
@pytest.mark.parametrize(
    "value",
    [
        *[
            "yesterday",
            "2026-2-1",
            "2026-02-30",
            "2026-13-01",
            "20260201",
            "2026-02-01T10:00:00",
            "2026-02-01 10:00:00Z",
        ],
        *["2026-02-01T25:00:00Z", "2026-02-01T10:00:00+25:00", "1969-12-31", "2106-01-01", "9999-12-31", "0000-01-01"],
        *[
            "1767225600",
            "2026-W05-1",
            "\u0662\u0660\u0662\u0666-\u0660\u0662-\u0660\u0661",  # digits, but not ASCII
            "2026-02-01\x00",
            "2026-02-01'--",
            "2026-02-01T10:00:00Z" + "0" * 2000,
        ],
    ],
)
def test_what_is_no_date_is_named_and_not_repeated(name: str, value: str) -> None:
    faults = _faults({name: value})

    assert faults.keys() == {name}
    assert value not in faults[name]


@pytest.mark.parametrize(
    "value", ["Mars/Olympus", "CEST", "+02:00", "europe/berlin", "../../etc/passwd", "posix/Europe/Berlin", "UTC\n"]
)
def test_a_time_zone_is_one_that_the_pipes_know(value: str) -> None:
    assert _faults({"timezone": value}).keys() == {"timezone"}


def test_a_likely_mistake_is_named() -> None:
    plus = "has a blank where a URL lost its +; write + as %2B."
    given = {
        ("from", "2026-02-01T10:00:00 02:00"): plus,
        ("to", "2026-02-01T10:00 02:00"): plus,
        ("to", "2026-02-01T10:00:00 0200"): plus,
        ("timezone", "Etc/GMT 5"): plus,
        ("from", "1767225600"): "looks like epoch seconds; send ISO 8601, such as 2026-04-01T09:30:00Z.",
        ("to", "1767225600000"): "looks like epoch milliseconds; send ISO 8601, such as 2026-04-01T09:30:00Z.",
        ("from", "2026-02-01T10:00:00"): "has no time zone; end it with Z or an offset, as in 2026-04-01T09:30:00Z.",
        ("timezone", "europe/berlin"): "must be a name in the IANA time zone database; did you mean `Europe/Berlin`?",
        ("timezone", "CEST"): "must be a name in the IANA time zone database; did you mean `EST`?",
        ("timezone", "+02:00"): "must be a name in the IANA time zone database, such as Europe/Berlin.",
    }

    found = {(name, value): _faults({name: value})[name] for name, value in given}

    assert found == {(name, value): f"`{name}` {sentence}" for (name, value), sentence in given.items()}


def test_an_end_in_the_first_days_has_a_beginning_that_pipes_take() -> None:
    assert _read({"to": "1970-01-05"})[1:] == ("1970-01-01 00:00:00", "1970-01-06 00:00:00")


@pytest.mark.parametrize("name", PARAMETERS)
def test_an_empty_value_is_a_fault_and_not_the_default(name: str) -> None:
    assert _faults({name: ""}) == {name: f"`{name}` must not be empty; give it a value or omit it."}


def test_an_end_before_the_beginning_is_a_fault_of_the_beginning() -> None:
    assert _faults({"from": "2026-03-02", "to": "2026-03-01"}) == {"from": "`from` must not be later than `to`."}


@pytest.mark.parametrize(
    ("start", "end"),
    [("2026-03-02T00:00:00Z", "2026-03-01"), ("2026-03-02", "2026-03-01T23:59:59Z"), ("2026-03-02", "2026-03-01")],
)
def test_days_and_instants_are_compared_by_what_they_mean(start: str, end: str) -> None:
    assert _faults({"from": start, "to": end}).keys() == {"from"}


def test_all_faults_are_told_at_once() -> None:
    assert _faults({"from": "x", "to": "y", "timezone": "z"}).keys() == {"from", "to", "timezone"}


@pytest.mark.parametrize("name", ["UTC", "GMT", "US/Eastern", "Etc/GMT+12", "Asia/Calcutta"])
def test_a_link_is_a_time_zone_too(name: str) -> None:
    assert _read({"timezone": name}).timezone == name


def test_every_time_zone_can_be_read() -> None:
    assert len(time_zones()) > 590
    for name in time_zones():
        assert _read({"from": "2026-01-01", "to": "2026-01-01", "timezone": name}).timezone == name
