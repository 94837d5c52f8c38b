"""Messages of Slack have a text beside their blocks, keep Slack's limits, and no name becomes markup."""

import json
from typing import Any

import pytest

from pixel.mail.compose import compose_alert
from pixel.mail.content import Listing, Row
from pixel.mail.slack import slack_alert, slack_report
from tests.unit.mail.given import STOP, WEBSITE, fired, silent, weekly


def _texts(message: dict[str, Any]) -> list[str]:
    """Return every text of Slack's markup in a message."""
    found: list[str] = [message["text"]]
    waiting: list[Any] = [message["blocks"]]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            if part.get("type") == "mrkdwn":
                found.append(part["text"])
            waiting += part.values()
    return found


def test_a_report_has_its_numbers_chart_and_lists() -> None:
    message = slack_report(weekly())
    text = "\n".join(_texts(message))

    assert message["text"] == (
        "Nordlicht Shop: weekly report, 16 to 22 November 2026: 11,284 visitors, 38,902 pageviews, 13,546 sessions"
    )
    assert "*Visitors*\n11,284  ▲ 13 %" in text
    assert "`▆▇▇██▅▆`" in text
    assert "`7,310`  Germany" in text
    assert "`8,120 EUR`  Organic search" in text
    assert "and 212 more" in text


@pytest.mark.parametrize("message", [slack_report(weekly()), slack_report(silent()), slack_alert(fired())])
def test_slack_s_limits_are_kept(message: dict[str, Any]) -> None:
    assert 0 < len(message["blocks"]) <= 50
    for block in message["blocks"]:
        assert len(block.get("fields", [])) <= 10
        if block["type"] == "header":
            assert len(block["text"]["text"]) <= 150
    assert all(0 < len(text) <= 3000 for text in _texts(message))
    assert len(json.dumps(message)) < 20_000


@pytest.mark.parametrize(("transition", "became"), [("fired", "fires"), ("recovered", "has ended")])
@pytest.mark.parametrize("kind", ["threshold", "change", "anomaly"])
def test_an_alert_with_an_unknown_value_says_so(kind: Any, transition: Any, became: str) -> None:
    fact = fired()._replace(kind=kind, transition=transition, direction="above", threshold=10, value=None, score=None)
    message, mail = slack_alert(fact), compose_alert(fact, STOP)
    sentence = (
        f"The alert {became}; the last value of visitors in an hour is unknown, because the numbers are incomplete "
        "or too few."
    )

    assert message["text"].endswith(f"Traffic collapses. {sentence}")
    assert "*Visitors*\nunknown" in "\n".join(_texts(message))
    assert sentence in mail.text
    assert sentence in mail.html


def test_an_alert_says_what_happened() -> None:
    message = slack_alert(fired())

    assert message["text"] == "Alert: Traffic collapses. 88 visitors in an hour, where about 391 are usual."
    assert ":red_circle: *Alert: Traffic collapses*" in "\n".join(_texts(message))
    assert message["blocks"][-1]["elements"][0]["url"] == "https://api.example.com/share/share_abc"


def test_nothing_recorded_is_said() -> None:
    assert "*Nothing was recorded.* No event has arrived since Thursday." in "\n".join(_texts(slack_report(silent())))


def test_names_are_no_markup() -> None:
    hostile = "<!channel> <https://evil.example|a> & `x` *b* " + "long" * 100
    website = WEBSITE._replace(name=hostile)
    listing = Listing("pages", (Row(hostile, 5, None),))
    for message in (
        slack_report(weekly(website)._replace(listings=(listing,))),
        slack_alert(fired(website)._replace(name=hostile, note=hostile)),
    ):
        for text in _texts(message):
            assert "<" not in text
            assert "&lt;!channel&gt;" in text or "channel" not in text
    listed = _texts(slack_report(weekly(website)._replace(listings=(listing,), measures=())))[1:]
    assert not any("*b*" in text for text in listed)
