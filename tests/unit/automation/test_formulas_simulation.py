"""The rule for what is usual is no noisier, and finds no less, than docs/decisions/0050 says."""

import pytest

from tests.thorough import depth
from tests.unit.automation.simulation import CASES, Traffic, simulate

_ROUNDS = depth("FORMULA_ROUNDS", usual=12, thorough=100)
_ALARMS_A_WEEK = 0.4
_TWO_IN_A_ROW = 0.02
_FALLS_FOUND = 0.97
_RISES_FOUND = {CASES[0]: 0.2, CASES[1]: 0.7, CASES[2]: 0.35, CASES[3]: 0.97}


@pytest.mark.parametrize("traffic", CASES, ids=str)
def test_usual_traffic_hardly_ever_fires_and_lasting_changes_are_found(traffic: Traffic) -> None:
    quality = simulate(traffic, _ROUNDS, seed=11)
    print(traffic, quality)  # noqa: T201 - what `make formulas` shows

    slack = 2 / _ROUNDS**0.5  # of an hourly alert in so many weeks
    assert quality.alarms <= _ALARMS_A_WEEK + slack / 2
    assert quality.two_in_a_row <= _TWO_IN_A_ROW + slack / 10
    assert quality.falls_found >= _FALLS_FOUND - slack / 20
    assert quality.rises_found >= _RISES_FOUND[traffic] - slack / 3
