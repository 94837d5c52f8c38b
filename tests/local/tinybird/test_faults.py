"""Failures on request: before the work, after it, late, never, and how often."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3

from tests.local.tinybird.running import StandIn, visit

EVENTS = "/v0/events"


def test_status_for_so_many_requests(stand_in: StandIn, workspace_id: str) -> None:
    assert stand_in.fault(path=EVENTS, status=503, count=2, retry_after=7).status == 201
    answers = [stand_in.append(visit(workspace_id)) for _ in range(3)]

    assert [answer.status for answer in answers] == [503, 503, 202]
    assert answers[0].headers["Retry-After"] == "7"
    assert list(answers[0].json) == ["error"]
    assert len(stand_in.rows(workspace_id)) == 1


def test_a_page_of_a_proxy_for_one_datasource(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.fault(path=EVENTS, name="purchases", status=503)
    stand_in.fault(path=EVENTS, name="visits", status=200, body="<html>", count=1)
    answers = [stand_in.append(visit(workspace_id)) for _ in range(2)]

    assert [(answer.status, answer.body[:6]) for answer in answers] == [(200, b"<html>"), (202, b'{"succ')]
    assert len(stand_in.rows(workspace_id)) == 1


def test_after_the_work_the_rows_are_stored_and_the_answer_is_lost(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.fault(path=EVENTS, status=504, count=1, after=True)

    assert stand_in.append(visit(workspace_id)).status == 504
    assert len(stand_in.rows(workspace_id)) == 1


def test_a_failed_view_is_422_with_the_rows_stored(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.fault(path=EVENTS, status=422, count=1, after=True)

    assert stand_in.append(visit(workspace_id)).status == 422
    assert len(stand_in.rows(workspace_id)) == 1


@pytest.mark.parametrize("after", [False, True])
def test_reset(stand_in: StandIn, workspace_id: str, *, after: bool) -> None:
    stand_in.fault(path=EVENTS, status="reset", count=1, after=after)

    with pytest.raises(urllib3.exceptions.ProtocolError) as failure:
        stand_in.append(visit(workspace_id))
    assert isinstance(failure.value.args[1], ConnectionResetError)
    assert len(stand_in.rows(workspace_id)) == int(after)


def test_hang_until_the_client_gives_up(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.fault(path=EVENTS, status="hang", count=1)
    given_up = f"POST {EVENTS} connection lost"
    before = stand_in.output.read_text().count(given_up)

    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        stand_in.call("POST", EVENTS, {"name": "visits"}, body=b"{}", timeout_seconds=0.3)
    deadline = time.monotonic() + 10
    while stand_in.output.read_text().count(given_up) == before:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert stand_in.append(visit(workspace_id)).status == 202


def test_hang_ends_when_faults_are_cleared(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.fault(path=EVENTS, status="hang")

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(stand_in.append, visit(workspace_id))
        deadline = time.monotonic() + 10
        while not stand_in.call("GET", "/_faults", token=None).json["faults"][0]["hits"]:
            assert time.monotonic() < deadline
        assert not answer.done()
        assert stand_in.call("DELETE", "/_faults", token=None).json == {"cleared": 1}
        assert answer.result(timeout=10).status == 202
    assert stand_in.call("GET", "/_faults", token=None).json == {"faults": []}


def test_delay_alone_is_only_late(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.fault(path=EVENTS, delay=0.3, count=1)
    started = time.monotonic()

    assert stand_in.append(visit(workspace_id)).status == 202
    assert time.monotonic() - started >= 0.3


def test_paths_are_exact_or_prefixes(stand_in: StandIn) -> None:
    stand_in.fault(path="/v0/pipes/top_paths.json", status=500)
    assert stand_in.pipe("top_paths", workspace_id="w").status == 500
    assert stand_in.pipe("visitors_by", workspace_id="w", by="device").status == 200

    stand_in.fault(path="/v0/pipes/*", status=429, count=1)
    assert stand_in.pipe("visitors_by", workspace_id="w", by="device").status == 429
    assert stand_in.pipe("visitors_by", workspace_id="w", by="device").status == 200


def test_list_says_what_was_hit(stand_in: StandIn) -> None:
    stand_in.fault(path=EVENTS, status=500, count=1)
    stand_in.append(visit("w"))

    (fault,) = stand_in.call("GET", "/_faults", token=None).json["faults"]
    assert (fault["path"], fault["status"], fault["count"], fault["hits"]) == (EVENTS, 500, 1, 1)


@pytest.mark.parametrize(
    "described",
    [
        {},
        {"path": EVENTS},
        {"path": "/_faults", "status": 500},
        {"path": EVENTS, "status": 199},
        {"path": EVENTS, "status": 200, "body": 5},
        {"path": EVENTS, "status": "explode"},
        {"path": EVENTS, "status": 503, "count": 0},
        {"path": EVENTS, "status": 503, "retry_after": "soon"},
        {"path": EVENTS, "status": 503, "often": 2},
    ],
)
def test_a_fault_that_makes_no_sense_is_400(stand_in: StandIn, described: dict[str, object]) -> None:
    assert stand_in.fault(**described).status == 400
    assert stand_in.call("GET", "/_faults", token=None).json == {"faults": []}
