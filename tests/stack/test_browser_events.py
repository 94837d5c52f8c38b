"""Events of browsers on the whole stack: from the script's address to the numbers of pipes."""

import urllib3

from pixel.workspaces.goals import GOALS, NewGoal
from tests.stack.browser_visits import WORKSPACE, new_site, rows_of, send, wait_for
from tests.stack.running import RunningStack


def test_what_pages_send_is_what_pipes_count(stack: RunningStack) -> None:
    site = new_site(stack)
    goal = {"website_id": site.website_id, "name": "Go", "selector": "#go", "value": 3, "currency": "USD"}
    GOALS.create(stack.target.store, WORKSPACE, NewGoal.model_validate(goal))
    page = {"url": f"https://{site.domain}/pricing"}
    beside = f"{stack.state['api_url']}/p/e"

    first = send(
        site,
        beside,
        {"name": "pageview", "event_id": "1", **page},
        {"name": "custom", "event_id": "2", "goal_name": "Go", **page},
        {"name": "engagement", "event_id": "3", "visible_ms": 4000, "scroll_pct": 40, **page},
        {"name": "payment", "amount": 1, "currency": "USD"},
    )
    again = send(site, f"{stack.state['api_url']}/api/v1/collect", {"name": "pageview", "event_id": "1", **page})

    assert (first.status, again.status) == (202, 202)
    assert [one["index"] for one in first.json()["data"]["dropped"]] == [3]
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert wait_for(stack, "p_top_pages", site)["pageviews"] == 1
    seen = wait_for(stack, "p_engagement", site)
    assert seen == {"path": "/pricing", "visitors": 1, "time_on_page": 4, "scroll_depth": 40}
    [goals] = rows_of(stack, "p_goal_conversions", site)
    assert (goals["goal_name"], goals["conversions"]) == ("Go", 1)


def test_a_browser_may_ask_first_and_loads_the_script(stack: RunningStack) -> None:
    site = new_site(stack)
    preflight = urllib3.request(
        "OPTIONS",
        f"{stack.state['api_url']}/p/e",
        headers={
            "Origin": f"https://{site.domain}",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
    )
    script = urllib3.request("GET", f"{stack.state['api_url']}/p/{site.key}.js")
    again = urllib3.request(
        "GET", f"{stack.state['api_url']}/p/{site.key}.js", headers={"If-None-Match": script.headers["ETag"]}
    )

    assert preflight.status == 200
    assert "content-type" in preflight.headers["Access-Control-Allow-Headers"].lower()
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert (script.status, again.status) == (200, 304)
    assert site.key in script.data.decode()
