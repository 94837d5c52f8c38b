"""The warehouse as part of the stack: its pipes answer about the demo's traffic, and about nobody else's."""

from typing import Any
from urllib.parse import urlencode

import urllib3

from tests.stack.running import RunningStack


def query(stack: RunningStack, pipe: str, **parameters: str) -> list[dict[str, Any]]:
    answer = urllib3.request(
        "GET",
        f"{stack.state['tinybird_url']}/v0/pipes/{pipe}.json?{urlencode(parameters)}",
        headers={"Authorization": f"Bearer {stack.state['tinybird']['admin_token']}"},
    )
    assert answer.status == 200, answer.data
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


def test_the_demo_has_weeks_of_traffic_up_to_now(stack: RunningStack) -> None:
    [health] = query(stack, "p_pixel_healthcheck", workspace_id=stack.state["workspace_id"])
    days = query(stack, "p_metric_series", workspace_id=stack.state["workspace_id"], metric="pageviews")

    assert health["status"] == "ok"
    assert sum(day["value"] > 0 for day in days) >= 20


def test_the_other_workspace_has_its_own(stack: RunningStack) -> None:
    mine = query(stack, "p_sessions_list", workspace_id=stack.state["workspace_id"], limit="1000")
    other = query(stack, "p_sessions_list", workspace_id=stack.state["other"]["workspace_id"], limit="1000")

    websites, others = ({row["website_id"] for row in rows} for rows in (mine, other))
    assert stack.state["website_id"] in websites  # beside those of other tests
    assert others == {stack.state["other"]["website_id"]}
    assert not websites & others
    assert query(stack, "p_sessions_list", workspace_id="ws_nobody") == []
