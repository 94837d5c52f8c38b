"""The panel of short links shows what the oracle counts of the workspace's clicks, to its owner alone."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from pixel.dashboard.few_visitors import RowsByName
from pixel.dashboard.links import hide_links
from pixel.dashboard.sessions import owner_session, written
from tests.local.tinybird.running import StandIn
from tests.pipes.click_rows import click
from tests.pipes.oracle import clicks
from tests.pipes.oracle.question import Question
from tests.routes.asked_reports import append
from tests.routes.dashboard.dashboards import ask, session_of, share

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")

_ZONE = ZoneInfo("America/New_York")


def _question(rows: list[dict[str, Any]], first: int, last: int, more: Mapping[str, str]) -> Question:
    """Return the question for the days from one so many days ago to before another."""
    midnight = datetime.now(_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    edges = [(midnight - timedelta(days=days)).astimezone(UTC) for days in (first, last)]
    dates = {name: f"{at:%Y-%m-%d %H:%M:%S}" for name, at in zip(("date_from", "date_to"), edges, strict=True)}
    asked = {"workspace_id": rows[0]["workspace_id"], "timezone": str(_ZONE), **dates, **more}
    return Question({"clicks": rows}, asked, edges[1])


def _numbers(question: Question) -> dict[str, int]:
    [row] = clicks.totals(question)
    return {"clicks": row["clicks"], "visitors": row["unique"], "scans": row["qr_scans"]}


def test_the_panel_is_what_the_oracle_counts(tables: "DynamoDBServiceResource", warehouse: StandIn) -> None:
    workspace_id, dice, now = f"ws_{uuid4().hex}", Random(5), datetime.now(UTC)
    link = share(tables, workspace_id)
    moments = [now - timedelta(hours=dice.randint(1, 14 * 24)) for _ in range(150)]
    rows = [{**click(dice, f"clk_{place}", at), "workspace_id": workspace_id} for place, at in enumerate(moments)]
    append(warehouse, "clicks", *map(json.dumps, rows))
    session = written(owner_session(workspace_id, link.website_id, ("links",), seconds=60))

    for filters, more, ignored in (
        ({}, {}, []),
        ({"f_country": "US"}, {"country": "US"}, []),
        ({"f_path": "/pricing", "f_channel": "email"}, {"channel": "email"}, ["path"]),
    ):
        found = ask(session, panels="links", period="7d", timezone=str(_ZONE), limit="2", **filters)
        panel = found.body["data"]["panels"]["links"]
        question = _question(rows, 6, -1, more)

        series = clicks.series(question)
        points = [{"at": row["bucket"][:10], "value": row["clicks"]} for row in series]
        top = clicks.top(Question(question.tables, {**question.parameters, "dimension": "code"}, question.now))
        rest = top[2:]
        assert panel["now"] == _numbers(question)
        assert panel["points"] == points
        assert panel["rows"] == [
            {"value": row["value"], "clicks": row["clicks"], "visitors": row["unique"]} for row in top[:2]
        ]
        counted = {"rows": len(rest), "clicks": sum(row["clicks"] for row in rest)}
        assert panel["others"] == (counted if rest else None)
        assert panel["ignored"] == ignored
        assert panel["before"]["clicks"] <= _numbers(_question(rows, 13, 6, more))["clicks"]  # it ends at this hour


def test_no_share_link_shows_it(tables: "DynamoDBServiceResource") -> None:
    link = share(tables)

    refused = ask(session_of(link), panels="links")

    assert (refused.status, refused.body["error"]["code"]) == (403, "panel_not_shared")


def test_numbers_of_too_few_visitors_are_hidden_by_the_rule_of_other_panels() -> None:
    rows: RowsByName = {
        "now": [{"clicks": 9, "unique": 5}],
        "before": [{"clicks": 2, "unique": 1}],
        "series": [{"clicks": 8, "unique": 4}, {"clicks": 1, "unique": 1}, {"clicks": 0, "unique": 0}],
        "top": [{"value": "a", "clicks": 8, "unique": 4}, {"value": "b", "clicks": 1, "unique": 1}],
    }

    shown = hide_links(rows, 3)

    assert "before" not in shown
    assert [row["clicks"] for row in shown["series"]] == [8, None, 0]
    assert [row["value"] for row in shown["top"]] == ["a", None]
    assert hide_links(rows, 0) == rows
