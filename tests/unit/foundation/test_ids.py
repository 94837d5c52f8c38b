"""New ids rise with time and never repeat."""

import re

from pixel.foundation.ids import new_id
from tests.conftest import Frozen


def test_ids_rise_with_the_time_of_their_creation(frozen: Frozen) -> None:
    made = []
    for _ in range(50):
        made.append(new_id("goal"))
        frozen.seconds += 0.002

    assert made == sorted(made)
    assert all(re.fullmatch(r"goal_[0-9a-z]{20}", one) for one in made)


def test_ids_of_the_same_millisecond_differ(frozen: Frozen) -> None:
    assert len({new_id("goal") for _ in range(500)}) == 500
