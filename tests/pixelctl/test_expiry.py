"""Every way to write when a key ends."""

import pytest

from pixel.foundation.clock import to_iso
from pixelctl.commands.expiry import parse_duration, parse_expiry
from pixelctl.failures import ControlError
from tests.conftest import Frozen


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1h", "2026-03-04T06:06:10Z"),
        ("90d", "2026-06-02T05:06:10Z"),
        ("2w", "2026-03-18T05:06:10Z"),
        ("2026-03-05", "2026-03-05T00:00:00Z"),
        ("2026-03-04T05:06:11Z", "2026-03-04T05:06:11Z"),
        ("2026-03-04T12:00:00+02:00", "2026-03-04T10:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    ],
)
def test_an_expiry_is_a_moment(frozen: Frozen, text: str, expected: str) -> None:
    moment = parse_expiry(text)

    assert moment is not None
    assert to_iso(moment) == expected


def test_never_is_no_moment() -> None:
    assert parse_expiry("never") is None


@pytest.mark.parametrize(
    "text",
    [
        *("", "90", "d", "90 d", "90D", "90m", "1.5d", "-1d", "12345d", "\N{ARABIC-INDIC DIGIT THREE}d"),
        *("tomorrow", "2026-02-30", "2026-3-5", "2027-03-05T10:00:00", "2026-13-01T00:00:00Z"),
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_anything_else_is_refused_with_examples(frozen: Frozen, text: str) -> None:
    with pytest.raises(ControlError, match="is not an expiry; write 90d, 12h, 2w"):
        parse_expiry(text)


@pytest.mark.parametrize("text", ["2026-03-05", "never", "24", "h", "10000h"])
def test_a_duration_is_a_number_and_a_unit(text: str) -> None:
    with pytest.raises(ControlError, match="is not a duration"):
        parse_duration(text)
