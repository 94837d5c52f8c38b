"""GET /share/data returns the views that are asked for, with the numbers of the pipes."""

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.local.tinybird.running import StandIn
from tests.routes.dashboard.dashboards import ALL_PANELS, add_visits, ask, session_of, share, visit

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")

_VIEWS = (
    "summary,series,pages,entry_pages,exit_pages,channels,referrers,campaigns,ai,countries,regions,cities,devices,"
    "browsers,systems,languages,goals,realtime,revenue,funnel,retention"
)


def test_every_view_is_answered_at_once(tables: "DynamoDBServiceResource", warehouse: StandIn) -> None:
    workspace_id = f"ws_{uuid4().hex}"
    link = share(tables, workspace_id, panels=ALL_PANELS, steps=["/", "/pricing"])
    ann = visit(country="DE", region="BE", city="Berlin", device="desktop", browser="Firefox", os="Linux")
    add_visits(
        warehouse,
        workspace_id,
        ann,
        {**ann, "event_id": "2", "path": "/pricing"},
        visit(country="FR", device="mobile", channel="organic_search", referrer_host="google.com"),
    )

    reply = ask(session_of(link), panels=_VIEWS, period="7d")

    assert (reply.status, reply.body["data"]["failed"]) == (200, {})
