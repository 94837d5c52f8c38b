"""Times are in UTC, in whole seconds, with Z."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixel.foundation import clock
from tests.conftest import Frozen

_MOMENTS = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)).map(  # noqa: DTZ001 - strategy bounds are naive
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
_ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(moment=_MOMENTS, zone=_ZONES)
def test_a_written_time_reads_back_whatever_zone_it_was_given_in(moment: datetime, zone: timezone) -> None:
    written = clock.to_iso(moment.astimezone(zone))

    assert written.endswith("Z")
    assert clock.from_iso(written) == moment


def test_the_written_form_is_iso_8601_without_fractions() -> None:
    assert clock.to_iso(datetime(2026, 3, 4, 5, 6, 7, 999_999, tzinfo=UTC)) == "2026-03-04T05:06:07Z"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        clock.from_iso("2026-03-04T05:06:07")


def test_now_is_aware_and_follows_the_one_clock(frozen: Frozen) -> None:
    before = clock.now()
    frozen.move(90)

    assert before == datetime(2026, 3, 4, 5, 6, 10, tzinfo=UTC)
    assert clock.now() - before == timedelta(seconds=90)
    assert clock.epoch_seconds() == clock.now().timestamp()
