"""Browsers in use are told apart by device, name and system; what says nothing gives nothing."""

import pytest

from pixel.events.enrichment.user_agents import NO_MACHINE, Machine, machine_of
from tests.unit.events.enrichment.user_agent_examples import BROWSERS, Browser

_DEVICES = {"desktop", "mobile", "tablet", "tv", "console"}


@pytest.mark.parametrize("example", BROWSERS, ids=lambda example: str(example.user_agent))
def test_a_browser_is_what_its_user_agent_says(example: Browser) -> None:
    assert machine_of(example.user_agent) == example[:3]


def test_the_examples_show_every_kind_of_device_and_enough_of_each() -> None:
    assert {example.device for example in BROWSERS} == _DEVICES
    assert len({example.user_agent for example in BROWSERS}) == len(BROWSERS) >= 60


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        ("", NO_MACHINE),
        ("something else", NO_MACHINE),
        ("Mozilla/5.0", NO_MACHINE),
        ("MyShop/4.1 CFNetwork/1410.0.3 Darwin/22.6.0", NO_MACHINE),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", Machine("desktop", "", "Windows")),
    ],
)
def test_what_a_user_agent_does_not_say_is_empty(user_agent: str, expected: Machine) -> None:
    assert machine_of(user_agent) == expected
