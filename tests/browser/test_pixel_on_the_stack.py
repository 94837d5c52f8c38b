"""The browser pixel and the whole stack: what is done in Chromium on a page of another origin is what pipes count."""

from playwright.sync_api import Browser

from pixel.workspaces.goals import GOALS, NewGoal
from pixel.workspaces.websites import WEBSITES, WebsiteChanges
from tests.stack.browser_visits import WORKSPACE, new_site, rows_of, wait_for
from tests.stack.running import RunningStack

_PAGE = """<!doctype html><title>Shop</title><script async src="{script}"></script>
<button id="buy">Buy</button><button data-pixel-goal="ask" data-pixel-value="9">Ask</button>
<div style="height: 3000px"></div>"""


def test_what_is_done_in_a_browser_is_what_pipes_count(stack: RunningStack, chromium: Browser) -> None:
    site, store = new_site(stack), stack.target.store
    goal = {"website_id": site.website_id, "name": "Bought", "selector": "#buy", "value": 5, "currency": "USD"}
    GOALS.create(store, WORKSPACE, NewGoal.model_validate(goal))
    changes = WebsiteChanges.model_validate({"pixel": {"exclude": ["/admin*"]}})
    WEBSITES.update(store, WORKSPACE, site.website_id, changes)
    refused: list[str] = []
    context = chromium.new_context(locale="de-DE")
    try:
        page = context.new_page()
        text = _PAGE.format(script=f"{stack.state['api_url']}/p/{site.key}.js")
        context.route(f"https://{site.domain}/**", lambda route: route.fulfill(body=text, content_type="text/html"))
        page.on("console", lambda message: refused.append(message.text))
        page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
        for path in ("/pricing?secret=1&utm_source=news", "/admin/x"):
            page.goto(f"https://{site.domain}{path}", wait_until="networkidle")
            page.click("#buy")
            page.click("[data-pixel-goal]")
            page.mouse.wheel(0, 5000)
            page.wait_for_timeout(1200)
        page.close(run_before_unload=True)
        top = wait_for(stack, "p_top_pages", site, pageviews=1)
        wait_for(stack, "p_engagement", site)
    finally:
        context.close()

    assert refused == []
    assert (top["path"], top["visitors"]) == ("/pricing", 1)
    assert len(rows_of(stack, "p_top_pages", site)) == 1
    goals = {row["goal_name"]: (row["conversions"], row["value"]) for row in rows_of(stack, "p_goal_conversions", site)}
    assert goals == {"Bought": (1, 5), "ask": (1, 9)}
    [seen] = rows_of(stack, "p_engagement", site)
    assert (seen["path"], seen["scroll_depth"]) == ("/pricing", 100)
    assert seen["time_on_page"] >= 1
