"""Numbers, periods and conditions read as people write them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pixel.mail import wording
from pixel.mail.content import Measure, Unit
from tests.unit.mail.given import fired

_BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("value", "unit", "currency", "text"),
    [
        (0, "count", None, "0"),
        (1234567, "count", None, "1,234,567"),
        (12.5, "count", None, "12.5"),
        (None, "count", None, "\u2013"),
        (0.4149, "share", None, "41 %"),
        (0.0312, "share", None, "3.1 %"),
        (0.0, "share", None, "0 %"),
        (59.4, "seconds", None, "59 s"),
        (61, "seconds", None, "1 m 01 s"),
        (3600, "seconds", None, "1 h 00 m"),
        (99.5, "money", "EUR", "99.50 EUR"),
        (18_420.5, "money", "USD", "18,420 USD"),
        (0, "money", "USD", "0 USD"),
    ],
)
def test_a_quantity_has_its_unit(value: float | None, unit: Unit, currency: str | None, text: str) -> None:
    assert wording.quantity(value, unit, currency) == text


@pytest.mark.parametrize(
    ("measure", "change"),
    [
        (Measure("", "count", 113, 100), ("\u25b2 13 %", "good")),
        (Measure("", "count", 50, 100), ("\u25bc 50 %", "bad")),
        (Measure("", "count", 100, 100), ("no change", "even")),
        (Measure("", "count", 5, 0), ("\u25b2 new", "good")),
        (Measure("", "count", 0, 0), ("no change", "even")),
        (Measure("", "count", 5000, 100), ("\u25b2 \u00d7 50", "good")),
        (Measure("", "share", 0.41, 0.44, is_less_better=True), ("\u25bc 3 pts", "good")),
        (Measure("", "share", 0.41, None), None),
        (Measure("", "share", None, 0.4), None),
    ],
)
def test_a_change_says_whether_it_is_good(measure: Measure, change: tuple[str, str] | None) -> None:
    assert wording.change_of(measure) == change


@pytest.mark.parametrize(
    ("cadence", "start", "end", "name"),
    [
        (
            "daily",
            datetime(2026, 10, 25, tzinfo=_BERLIN),
            datetime(2026, 10, 26, tzinfo=_BERLIN),
            "Sunday, 25 October 2026",
        ),
        (
            "weekly",
            datetime(2026, 10, 19, tzinfo=_BERLIN),
            datetime(2026, 10, 26, tzinfo=_BERLIN),
            "19 to 25 October 2026",
        ),
        (
            "weekly",
            datetime(2026, 9, 28, tzinfo=_BERLIN),
            datetime(2026, 10, 5, tzinfo=_BERLIN),
            "28 September to 4 October 2026",
        ),
        (
            "weekly",
            datetime(2025, 12, 29, tzinfo=_BERLIN),
            datetime(2026, 1, 5, tzinfo=_BERLIN),
            "29 December 2025 to 4 January 2026",
        ),
        ("monthly", datetime(2026, 10, 1, tzinfo=_BERLIN), datetime(2026, 11, 1, tzinfo=_BERLIN), "October 2026"),
    ],
)
def test_a_period_has_a_name(cadence: str, start: datetime, end: datetime, name: str) -> None:
    assert wording.period_name(cadence, start.astimezone(UTC), end.astimezone(UTC), "Europe/Berlin") == name


def test_a_window_is_said_in_the_website_s_time() -> None:
    end = datetime(2026, 10, 25, 1, tzinfo=UTC)

    assert wording.between(end - timedelta(hours=1), end, "Europe/Berlin") == (
        "Sun 25 Oct, 02:00 to 02:00 (Europe/Berlin)"  # the hour that the clocks repeat
    )
    assert wording.between(end.replace(hour=0), end.replace(hour=0) + timedelta(days=1), "UTC") == "Sun 25 Oct"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"kind": "threshold", "threshold": 100}, "Visitors below 100 in an hour"),
        (
            {"kind": "change", "threshold": 0.3, "window": "1d"},
            "Visitors down by 30 % or more in a day, against a week before",
        ),
        ({"direction": "either", "window": "15m"}, "Visitors unusual in 15 minutes"),
        (
            {"metric": "avg_duration", "kind": "threshold", "threshold": 90, "direction": "above"},
            "Session duration above 1 m 30 s in an hour",
        ),
    ],
)
def test_a_condition_says_what_an_alert_watches_for(changes: dict[str, Any], text: str) -> None:
    assert wording.condition_of(fired()._replace(**changes)) == text


def test_names_are_one_line_without_tricks() -> None:
    assert wording.one_line("a\r\nb\u2028c\u202ed\x00e") == "a b cd e"
    assert wording.one_line("x" * 200) == "x" * 89 + "\u2026"


@pytest.mark.parametrize(
    ("section", "name", "shown"),
    [
        ("countries", "DE", "Germany"),
        ("countries", "ZZ", "ZZ"),
        ("countries", "", "Unknown country"),
        ("sources", "organic_search", "Organic search"),
        ("ai", "chatgpt", "ChatGPT"),
        ("ai", "perplexity", "Perplexity"),
        ("pages", "/a_b", "/a_b"),
        ("devices", None, "Unknown device"),
    ],
)
def test_rows_have_the_names_that_readers_know(section: str, name: str | None, shown: str) -> None:
    assert wording.row_name(section, name) == shown
