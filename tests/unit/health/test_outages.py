"""Outages are kept as intervals from the last check that passed until the first that may pass again."""

from datetime import UTC, datetime, timedelta

import pytest

from pixel.health.outages import Outage, outages_within, read_outages, record_failure

pytestmark = pytest.mark.usefixtures("tables")

_AT = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
_STEP = timedelta(minutes=5)


def test_failures_one_after_another_are_one_outage() -> None:
    assert read_outages() == []

    for number in range(4):
        record_failure(_AT + number * _STEP)
    record_failure(_AT + timedelta(hours=1))

    assert read_outages() == [
        Outage(_AT - _STEP, _AT + 4 * _STEP),
        Outage(_AT + timedelta(minutes=55), _AT + timedelta(minutes=65)),
    ]


def test_outages_are_kept_for_400_days() -> None:
    record_failure(_AT)
    record_failure(_AT + timedelta(days=399))
    assert len(read_outages()) == 2

    record_failure(_AT + timedelta(days=401))

    assert [outage.start for outage in read_outages()] == [_AT + timedelta(days=days) - _STEP for days in (399, 401)]


def test_an_outage_is_within_a_window_if_they_share_any_time() -> None:
    outage = Outage(_AT, _AT + _STEP)

    assert outages_within([outage], _AT - _STEP, _AT) == []
    assert outages_within([outage], _AT + _STEP, _AT + 2 * _STEP) == []
    assert outages_within([outage], _AT - _STEP, _AT + timedelta(seconds=1)) == [outage]
