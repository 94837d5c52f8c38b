"""What the page says and keeps while it cannot ask, and what becomes of it when its link is revoked."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route

from pixel.workspaces.share_link_kind import SHARE_LINK
from pixel.workspaces.share_links import SHARE_LINKS
from tests.browser.conftest import Site
from tests.browser.watched import Watched

Watch = Callable[..., Watched]
_DATA = "**/share/data?*"
_ASK_AGAIN = "dispatchEvent(new Event('online'))"


def _refusal(status: int, code: str, **headers: str) -> Callable[[Route], None]:
    body: dict[str, Any] = {"error": {"code": code, "message": "Try again."}, "meta": {}}
    return lambda route: route.fulfill(status=status, json=body, headers=headers)


@pytest.mark.thorough
def test_numbers_stay_while_nothing_is_answered_and_the_page_says_why(
    watch: Watch, demo_share: Callable[..., str]
) -> None:
    board = watch(demo_share() + "?period=7d")
    page = board.page
    before = board.texts("[data-metric=visitors]")

    def said(sentence: str) -> None:
        page.get_by_text(sentence).wait_for()
        board.wait()
        assert board.texts("[data-metric=visitors]") == before

    board.context.set_offline(True)
    said("You are offline.")
    board.must_be_accessible()
    board.context.set_offline(False)
    page.get_by_text("You are offline.").wait_for(state="detached")

    page.route(_DATA, lambda route: route.abort("connectionrefused"))
    page.evaluate(_ASK_AGAIN)
    said("The server does not answer.")
    page.unroute(_DATA)
    page.route(_DATA, _refusal(429, "rate_limit_exceeded", **{"Retry-After": "100"}))
    page.evaluate(_ASK_AGAIN)
    said("Too many requests just now.")

    page.unroute(_DATA)
    page.route(_DATA, lambda route: route.abort("connectionrefused"))
    page.get_by_role("button", name="Period: Last 7 days").click()
    page.get_by_role("menuitemradio", name="Yesterday").click()
    page.get_by_role("heading", name="The server does not answer").wait_for()  # these are the numbers of another period
    page.unroute(_DATA)
    page.go_back()
    page.locator("[data-panel=pages][data-state=ready]").wait_for()


@pytest.mark.thorough
def test_a_page_whose_link_is_revoked_shows_its_end_when_it_asks_again(watch: Watch, site: Site) -> None:
    address = site.share()
    board = watch(address)
    page = board.page
    board.stop_clock()
    page.reload()
    board.wait()
    store = site.tenant.target.store
    [link] = store.list_live(SHARE_LINK, site.tenant.workspace_id)
    SHARE_LINKS.delete(store, site.tenant.workspace_id, link["id"])

    # The function knows of it within 30 seconds, for which nothing here waits.
    page.route(_DATA, _refusal(401, "session_expired"))
    page.clock.fast_forward(31_000)

    page.get_by_role("heading", name="This link opens nothing").wait_for()
    assert page.locator("[data-metric]").count() == 0
