"""Readers ask so many times a minute, by address and by dashboard, exactly; none of it is the workspace's limit."""

from typing import TYPE_CHECKING

import pytest

from pixel.foundation import container
from tests.conftest import Frozen, Output
from tests.environment import COUNTERS_TABLE
from tests.routes.dashboard.dashboards import ask, session_of, share

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("no_sleep")


def test_an_address_asks_60_times_and_a_link_is_asked_120_times(
    tables: "DynamoDBServiceResource", frozen: Frozen, output: Output, sent: list[str]
) -> None:
    session = session_of(share(tables))

    first = [ask(session, "203.0.113.1").status for _ in range(61)]
    second = [ask(session, "203.0.113.2").status for _ in range(60)]
    sent.clear()
    refused = ask(session, "203.0.113.3")
    again = ask(session, "203.0.113.1")

    assert first == [200] * 60 + [429]
    assert second == [200] * 60
    assert (refused.status, refused.body["error"]["code"]) == (429, "too_many_attempts")
    assert (refused.headers["Retry-After"], again.status) == ("50", 429)
    assert sent == ["UpdateItem", "UpdateItem"]  # the address of the third; a container remembers who is refused
    assert not [item for item in tables.Table(COUNTERS_TABLE).scan()["Items"] if "ws_1" in str(item)]
    frozen.move(50)
    assert ask(session, "203.0.113.1").status == 200
    assert output.text


def test_addresses_of_one_ipv6_network_are_one(tables: "DynamoDBServiceResource", output: Output) -> None:
    session = session_of(share(tables))

    statuses = [ask(session, f"2001:db8:1:2::{number:x}").status for number in range(1, 62)]

    assert statuses[-2:] == [200, 429]
    assert ask(session, "2001:db8:1:3::1").status == 200
    assert output.text


def test_without_counters_readers_are_let_through(
    tables: "DynamoDBServiceResource", monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    session = session_of(share(tables))
    monkeypatch.setenv("PIXEL_COUNTERS_TABLE", "test-nowhere")
    container.forget_all()

    assert ask(session).status == 200
    assert output.metric("UncountedReaders") == 2
