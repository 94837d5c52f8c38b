"""What fails behind a redirect costs no visitor a destination that is known, and no click."""

import json
import socket
import time
from collections.abc import Iterator

import pytest

from local.template.documents import read_template
from pixel.aws import quick
from pixel.aws import secrets as secret_store
from pixel.aws import tables as dynamodb
from pixel.aws.json_service import AwsUnreachableError
from pixel.aws.tables import Database
from pixel.foundation import JsonObject
from pixel.links.store import LinkStore
from pixel.redirects import clicks as click_rows
from pixel.redirects import signing
from pixel.redirects.lookup import STALE_SECONDS
from tests.conftest import Frozen, Output
from tests.links_given import new_link
from tests.routes.conftest import AwsCall
from tests.routes.redirects.conftest import Clicks
from tests.routes.redirects.visiting import visit
from tests.template.document import ROOT


@pytest.fixture
def outage(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let each operation fail whose name is put into this list."""
    failing: list[str] = []
    call = Database(dynamodb.database().service).service.call

    class Service:
        def call(self, operation: str, payload: JsonObject, *, idempotent: bool) -> JsonObject:
            if operation in failing:
                raise AwsUnreachableError(f"dynamodb {operation}", "ResponseTimeoutError")
            return call(operation, payload, idempotent=idempotent)

    monkeypatch.setattr(quick, "quick_database", lambda: Database(Service()))
    return failing


def test_a_container_knows_a_link_for_five_minutes_while_the_table_is_away(
    links: LinkStore, clicks: Clicks, outage: list[str], frozen: Frozen
) -> None:
    known, unknown = new_link(links), new_link(links)
    visit(f"/{known['code']}")
    outage.append("GetItem")
    frozen.move(STALE_SECONDS - 1)

    replies = [visit(f"/{known['code']}"), visit(f"/{unknown['code']}")]
    frozen.move(1)
    replies.append(visit(f"/{known['code']}"))

    assert [reply.status for reply in replies] == [302, 503, 503]
    assert all(reply.headers["Retry-After"] == "1" for reply in replies[1:])
    assert [row["link_id"] for row in clicks] == [known["id"]] * 2


def test_a_table_that_is_away_is_asked_for_a_known_link_every_five_seconds(
    links: LinkStore, clicks: Clicks, outage: list[str], frozen: Frozen, output: Output
) -> None:
    link = new_link(links)
    visit(f"/{link['code']}")
    outage.append("GetItem")

    statuses = []
    for seconds in (5, 4.9, 0.2, 0):
        frozen.move(seconds)
        statuses.append(visit(f"/{link['code']}").status)

    assert statuses == [302] * 4
    assert len(output.logged("link could not be read; using what is known")) == 2


def test_a_limit_that_cannot_be_counted_lets_nobody_through(
    links: LinkStore, clicks: Clicks, outage: list[str]
) -> None:
    link = new_link(links, clicks_limit=10)
    outage.append("UpdateItem")

    assert visit(f"/{link['code']}").status == 503
    assert clicks == []


def test_a_click_that_cannot_be_queued_is_a_whole_row_in_the_log(
    links: LinkStore, clicks: Clicks, frozen: Frozen, output: Output
) -> None:
    link = new_link(links)
    clicks.is_down = True

    assert visit(f"/{link['code']}").status == 302

    [line] = output.logged("click_not_queued")
    row = json.loads(line["row"])
    assert (row["link_id"], row["outcome"], len(row)) == (link["id"], "redirected", 37)
    assert output.metric("ClicksNotQueued") == 1


def test_a_queue_that_is_down_is_left_alone_for_five_seconds(
    links: LinkStore, clicks: Clicks, frozen: Frozen, output: Output
) -> None:
    link = new_link(links)
    clicks.is_down = True
    visits = [visit(f"/{link['code']}").status for _ in range(3)]
    clicks.is_down = False
    frozen.move(4.9)
    visits.append(visit(f"/{link['code']}").status)
    frozen.move(0.2)
    visits.append(visit(f"/{link['code']}").status)

    assert visits == [302] * 5
    assert clicks.attempts == 2
    assert len(output.logged("click_not_queued")) == 4
    assert len(clicks) == 1


def test_a_redirect_that_goes_well_writes_no_line(links: LinkStore, clicks: Clicks, output: Output) -> None:
    link = new_link(links)

    visit(f"/{link['code']}")
    visit("/unknown")

    assert output.lines == []


def test_without_a_secret_and_without_a_salt_a_click_still_counts(
    links: LinkStore, clicks: Clicks, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    def away(*_: object) -> bytes:
        raise AwsUnreachableError("ssm GetParameter", "ResponseTimeoutError")

    link = new_link(links)
    for module, name in ((signing, "read_secret"), (click_rows, "salt_of_today")):
        monkeypatch.setattr(module, name, away)
    monkeypatch.setattr(secret_store, "read_secret", away)

    statuses = [visit(f"/{link['code']}").status for _ in range(2)]

    assert statuses == [302, 302]
    assert len({row["click_id"] for row in clicks}) == 2
    assert {row["visitor_hash"] for row in clicks} == {""}


@pytest.fixture
def silent_services(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the queue and the parameter store accept connections and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        for service in ("SQS", "SSM"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", f"http://127.0.0.1:{server.getsockname()[1]}")
        yield


@pytest.mark.usefixtures("silent_services")
def test_no_visitor_waits_longer_than_the_function_may_run_and_the_next_one_does_not_wait(
    links: LinkStore, outage: list[str], output: Output
) -> None:
    link = new_link(links)
    outage.append("PutItem")  # of the salt of the day
    seconds = []
    for _ in range(2):
        started = time.monotonic()
        assert visit(f"/{link['code']}").status == 302
        seconds.append(time.monotonic() - started)

    time_out = read_template(ROOT / "stacks" / "redirects.yaml")["Globals"]["Function"]["Timeout"]
    # The tables, which answer here, may take 0.6 s for the link and 0.6 s for the salt.
    assert seconds[0] + 1.2 < time_out
    assert seconds[1] < 0.5
    rows = [json.loads(line["row"]) for line in output.logged("click_not_queued")]
    assert len({row["click_id"] for row in rows}) == 2
    assert {row["visitor_hash"] for row in rows} == {""}


def test_with_an_empty_secret_a_click_still_counts(
    links: LinkStore, clicks: Clicks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "read_secret", lambda _: "")

    assert visit(f"/{new_link(links)['code']}").status == 302
    assert len(clicks) == 1


def test_whoever_guesses_codes_is_worth_one_read_each(
    links: LinkStore, clicks: Clicks, frozen: Frozen, aws_calls: list[AwsCall]
) -> None:
    link = new_link(links)
    for number in range(60):
        visit(f"/guess-{number}")
    before = len(aws_calls)

    visit("/another-guess")
    flooded = len(aws_calls) - before
    assert visit(f"/{link['code']}").status == 302
    frozen.move(2)
    before = len(aws_calls)
    visit("/one-more")

    assert (flooded, len(aws_calls) - before) == (1, 2)


def test_what_is_not_found_is_looked_for_once_more_consistently(
    links: LinkStore, clicks: Clicks, aws_calls: list[AwsCall]
) -> None:
    """So that a link works in the moment in which its creation is answered."""
    visit("/unknown")

    of_code = [call.payload for call in aws_calls if "R#" in str(call.payload)]
    assert [payload["ConsistentRead"] for payload in of_code] == [False, True]


def test_a_redirect_is_one_read_and_none_within_five_seconds(
    links: LinkStore, clicks: Clicks, frozen: Frozen, aws_calls: list[AwsCall]
) -> None:
    link = new_link(links)
    visit(f"/{link['code']}")  # which also makes the salt of the day
    frozen.move(5)
    aws_calls.clear()

    made = []
    for seconds in (0, 4.9, 0.2):
        frozen.move(seconds)
        before = len(aws_calls)
        visit(f"/{link['code']}")
        made.append(len(aws_calls) - before)

    assert made == [1, 0, 1]
    assert {call.operation for call in aws_calls} == {"GetItem"}
