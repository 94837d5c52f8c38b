"""Bots are known by what they call themselves, and no browser is taken for one."""

import pytest

from pixel.events.enrichment.bots import EMPTY_USER_AGENT, REASONS, Verdict, verdict_of
from tests.unit.events.enrichment.user_agent_examples import BOTS, BROWSERS, Bot, Browser


@pytest.mark.parametrize("example", BOTS, ids=lambda example: str(example.user_agent))
def test_a_bot_is_flagged_with_its_reason(example: Bot) -> None:
    assert verdict_of(example.user_agent) == (example.reason, example.llm_engine)


@pytest.mark.parametrize("example", BROWSERS, ids=lambda example: str(example.user_agent))
def test_a_browser_is_no_bot(example: Browser) -> None:
    assert verdict_of(example.user_agent) == Verdict()


def test_the_examples_show_every_reason_and_enough_of_them() -> None:
    assert {example.reason for example in BOTS} == REASONS - {EMPTY_USER_AGENT}
    assert len({example.user_agent for example in BOTS}) == len(BOTS) >= 60


@pytest.mark.parametrize("user_agent", ["", " ", "\t\n", "\u2003"])
def test_an_empty_user_agent_is_a_bot_s(user_agent: str) -> None:
    assert verdict_of(user_agent) == Verdict(EMPTY_USER_AGENT)


@pytest.mark.parametrize(
    "user_agent",
    [
        "MyShop/4.1 CFNetwork/1410.0.3 Darwin/22.6.0",  # an app's own requests on iOS
        "Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UD1A.230803.041)",  # and on Android
        "Mozilla/5.0 (X11; Linux x86_64) Abbott/1.0 Robotics/2",
        "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)",
        "Mozilla/5.0 (compatible; Konqueror/4.14; Linux) KHTML/4.14 (like Gecko)",
    ],
)
def test_what_only_resembles_a_bot_is_none(user_agent: str) -> None:
    assert verdict_of(user_agent) == Verdict()


def test_letters_may_be_of_either_case() -> None:
    assert verdict_of("CURL/8.7.1") == verdict_of("curl/8.7.1") == Verdict("http_library")
