"""What a pipe is asked with, where the answer is a refusal or the default is the point."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.pipes.generate import written
from tests.pipes.oracle.pipes import ANSWERS
from tests.pipes.oracle.question import Row
from tests.pipes.parameters import names_of
from tests.pipes.warehouse import Warehouse, new_workspace

NEEDED = {"steps": "/,/pricing", "visitor_id": "ann"}
WITH_BOTS = sorted(set(ANSWERS) - {"p_pixel_healthcheck"})


def asked(pipe: str, workspace_id: str, **more: str) -> dict[str, str]:
    needed = {name: value for name, value in NEEDED.items() if name in names_of(pipe)}
    return {"workspace_id": workspace_id, **needed, **more}


@pytest.mark.parametrize("pipe", WITH_BOTS)
@pytest.mark.parametrize("value", ["2", "-1", "100"])
def test_bots_are_in_or_out(warehouse: Warehouse, pipe: str, value: str) -> None:
    answer = warehouse.ask(pipe, asked(pipe, new_workspace(), include_bots=value))

    assert (answer.status, answer.content["error"]) == (400, "include_bots must be 0 or 1")


@pytest.mark.parametrize("pipe", ["p_visitor_profile", "p_visitor_timeline"])
def test_a_bot_has_no_report_unless_bots_are_asked_for(warehouse: Warehouse, pipe: str) -> None:
    workspace_id = new_workspace()
    warehouse.send(workspace_id, {"pageviews": [_pageview("e1", is_bot=1)]})

    assert warehouse.ask(pipe, asked(pipe, workspace_id)).rows == []
    assert len(warehouse.ask(pipe, asked(pipe, workspace_id, include_bots="1")).rows) == 1


@pytest.mark.parametrize(
    ("ago", "received_ago", "status", "is_told"),
    [
        (timedelta(days=400), timedelta(minutes=2), "ok", True),  # a back-fill arrives
        (timedelta(minutes=-50), timedelta(hours=3), "stale", True),  # a clock that is ahead is no sign of life
        (timedelta(minutes=5), timedelta(days=29), "silent", True),
        (timedelta(days=31), timedelta(days=31), "silent", False),
    ],
)
def test_health_is_judged_by_receipt(
    warehouse: Warehouse,
    ago: timedelta,
    received_ago: timedelta,
    status: str,
    is_told: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    workspace_id = new_workspace()
    received_at = written(datetime.now(UTC) - received_ago)
    warehouse.send(workspace_id, {"pageviews": [_pageview("e1", ago=ago, received_at=received_at)]})

    [health] = warehouse.ask("p_pixel_healthcheck", {"workspace_id": workspace_id}).rows

    assert health["status"] == status
    assert health["last_event_at"] == (received_at.translate({ord("T"): " ", ord("Z"): None}) if is_told else None)


def _pageview(event_id: str, *, ago: timedelta = timedelta(hours=3), **more: object) -> Row:
    stamp = written(datetime.now(UTC) - ago)
    ids = {"website_id": "site-1", "visitor_id": "ann", "event_id": event_id}
    return {**ids, "timestamp": stamp, "received_at": stamp, "path": "/", **more}
