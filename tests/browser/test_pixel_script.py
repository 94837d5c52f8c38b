"""The browser script in Chromium: which pages it counts, how long they were seen, and what it says about them."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import unwatched_visit
from tests.browser.pixel_site import PixelSite, Website

_SEEN = """(state) => {
  Object.defineProperty(document, 'hidden', {get: () => state == 'hidden', configurable: true});
  const at = Date.now();
  document.dispatchEvent(new Event('visibilitychange', {bubbles: true}));
  return at;
}"""
_FIELDS = {"name", "event_id", "timestamp", "url", "referrer", "language", "screen", "title"}


def _paths(events: list[dict[str, Any]]) -> list[str]:
    return ["/" + event["url"].split("/", 3)[3] for event in events]


def test_a_page_is_counted_with_what_the_server_needs(page: Page, website: Website) -> None:
    address = website.page("/shoes")
    page.goto(address, referer="http://search.example/find?q=private")

    [pageview] = website.wait("pageview")

    [sent] = website.requests
    assert pageview.keys() == _FIELDS
    assert pageview["url"] == address
    assert pageview["referrer"] == "http://search.example/find"
    assert pageview["title"] == "Title"
    assert pageview["language"] == "en-US"
    assert pageview["screen"] == "1280x720"
    assert abs(pageview["timestamp"] / 1000 - sent.at) < 5
    assert sent.body["k"] == website.key
    assert sent.body["w"] is True  # the driver of these tests says that it is one
    assert sent.headers["Content-Type"].startswith("text/plain")  # a simple request: no preflight
    assert sent.headers["Origin"] == address.removesuffix("/shoes")
    assert "Cookie" not in sent.headers
    assert page.evaluate("document.cookie + Object.keys(localStorage) + Object.keys(sessionStorage)") == ""


def test_of_a_query_only_what_names_campaigns_is_sent(page: Page, pixel_site: PixelSite) -> None:
    website = pixel_site.website(o={"keep": "size|colou?r"})
    kept = "utm_source=a&utm_campaign=b&gclid=1&msclkid=2&irclickid=3&wbraid=4&mc_cid=5&li_fat_id=6&igshid=7&size=8"
    private = "email=a@b.example&token=t&id=9&client_id=10&mc_eid=11"
    page.goto(website.page(f"/?{private}&{kept}#part"))

    assert _paths(website.wait("pageview")) == [f"/?{kept}"]


def test_a_single_page_application_is_counted_page_by_page(page: Page, website: Website) -> None:
    page.goto(website.page())
    website.wait("pageview")
    page.evaluate("document.title = 'Next'; history.pushState({}, '', '/next?tab=1')")
    website.wait("pageview", 2)
    page.evaluate("history.replaceState({}, '', '/next?tab=2')")  # the same page, as far as it is sent
    page.evaluate("history.replaceState({}, '', '/other')")
    website.wait("pageview", 3)
    page.go_back()

    pageviews = website.wait("pageview", 4)

    assert _paths(pageviews) == ["/", "/next", "/other", "/"]
    assert pageviews[1]["title"] == "Next"
    assert pageviews[1]["referrer"] == pageviews[0]["url"]
    assert len({event["event_id"] for event in website.events}) == len(website.events)


@pytest.mark.thorough
def test_parts_of_a_page_are_pages_if_a_site_says_so(page: Page, pixel_site: PixelSite) -> None:
    plain, with_parts = pixel_site.website(), pixel_site.website()
    for website, path, attributes in ((plain, "/plain", ""), (with_parts, "/app", "data-hash")):
        page.goto(website.page(f"{path}#/one?token=secret", attributes=attributes))
        website.wait("pageview")
        page.evaluate("location.hash = '#/two'")
        page.evaluate("pixel('end')")
        website.wait("end")

    assert _paths(plain.named("pageview")) == ["/plain"]
    assert _paths(with_parts.wait("pageview", 2)) == ["/app#/one", "/app#/two"]


@pytest.mark.thorough
def test_a_page_from_the_back_forward_cache_is_counted_again(page: Page, website: Website) -> None:
    page.goto(website.page(head="<script>addEventListener('pageshow', e => window.kept = e.persisted)</script>"))
    website.wait("pageview")
    page.goto(website.page("/second"))
    website.wait("pageview", 2)
    page.evaluate("history.back()")

    assert _paths(website.wait("pageview", 3)) == ["/", "/second", "/"]
    assert page.evaluate("window.kept") is True  # else this has tried nothing


@pytest.mark.thorough
def test_a_prerendered_page_is_counted_when_it_is_seen(website: Website, tmp_path: Path) -> None:
    """Chromium does not prerender for a driver, so this visitor has none: the page itself goes on after a second."""
    rules = '<script type="speculationrules">{"prerender": [{"urls": ["/second"], "eagerness": "immediate"}]}</script>'
    watched = """<script>window.pixel = {q: [() => document.prerendering && pixel('prerendered')]};
      document.addEventListener('prerenderingchange', () => pixel('activated'))</script>"""
    website.page("/second", head=watched)
    address = website.page(head=rules + "<script>setTimeout(() => { location.href = '/second' }, 1500)</script>")
    with unwatched_visit(address, tmp_path):
        second = website.wait("pageview", 2)[1]
        [activated] = website.wait("activated")

    [prerendered] = website.named("prerendered")
    assert _paths(website.named("pageview")) == ["/", "/second"]
    assert second["timestamp"] - prerendered["timestamp"] > 500
    assert abs(second["timestamp"] - activated["timestamp"]) < 400
    assert [sent.body["w"] for sent in website.requests] == [False] * len(website.requests)


@pytest.mark.thorough
def test_a_tab_in_the_background_is_counted_when_it_is_seen(page: Page, website: Website) -> None:
    page.add_init_script(f"({_SEEN})('hidden')")
    page.goto(website.page())
    page.wait_for_function("!!window.pixel")
    assert website.stays_silent()
    page.evaluate(_SEEN, "visible")

    website.wait("pageview")


def test_time_and_depth_are_sent_when_a_page_is_hidden(page: Page, website: Website) -> None:
    page.goto(website.page(body='<div style="height: 7200px"></div>'))
    [pageview] = website.wait("pageview")
    page.wait_for_timeout(1100)
    hidden_at = page.evaluate(_SEEN, "hidden")
    [first] = website.wait("engagement")
    page.wait_for_timeout(300)  # of which nobody sees anything
    seen_again_at = page.evaluate(_SEEN, "visible")
    page.evaluate("scrollTo(0, 2880)")
    page.wait_for_timeout(1100)
    second_ms = page.evaluate(_SEEN, "hidden") - seen_again_at

    second = website.wait("engagement", 2)[1]

    assert abs(first["visible_ms"] - (hidden_at - pageview["timestamp"])) < 50
    assert abs(second["visible_ms"] - second_ms) < 50
    assert first["scroll_pct"] == 9  # 720 of 7,216 pixels
    assert second["scroll_pct"] == 49
    assert first["url"] == pageview["url"]


@pytest.mark.thorough
def test_time_is_sent_with_the_next_page_and_when_a_tab_is_closed(
    page: Page, website: Website, pixel_context: BrowserContext
) -> None:
    page.goto(website.page())
    website.wait("pageview")
    page.wait_for_timeout(1100)
    page.evaluate("history.pushState({}, '', '/next')")
    website.wait("pageview", 2)
    assert [event["name"] for event in website.requests[1].events] == ["engagement", "pageview"]
    assert _paths(website.named("engagement")) == ["/"]
    page.goto(website.page("/third"))
    website.wait("pageview", 3)
    page.wait_for_timeout(1100)
    page.close(run_before_unload=True)

    assert _paths(website.wait("engagement", 2)) == ["/", "/third"]


@pytest.mark.thorough
def test_a_short_look_is_no_engagement(page: Page, website: Website) -> None:
    page.goto(website.page())
    website.wait("pageview")
    page.evaluate(_SEEN, "hidden")
    page.evaluate("pixel('end')")
    website.wait("end")

    assert website.named("engagement") == []


@pytest.mark.thorough
def test_some_paths_are_left_out(page: Page, website: Website) -> None:
    page.goto(website.page("/admin/users", attributes='data-exclude="/admin/*|/preview"'))
    page.wait_for_function("!!window.pixel")
    page.evaluate("pixel('secret')")
    page.wait_for_timeout(1100)
    page.evaluate("history.pushState({}, '', '/administration')")
    website.wait("pageview")
    page.evaluate("history.pushState({}, '', '/preview')")
    page.evaluate("history.pushState({}, '', '/previews')")

    assert _paths(website.wait("pageview", 2)) == ["/administration", "/previews"]
    assert {event["name"] for event in website.events} == {"pageview"}


@pytest.mark.thorough
def test_a_site_may_change_or_drop_events(page: Page, website: Website) -> None:
    stub = """<script>window.pixel = {transform: (event) => event.goal_name == 'secret' ? null
      : {...event, title: undefined, url: event.url.replace('123', 'ID')}}</script>"""
    page.goto(website.page("/orders/123", head=stub))
    page.wait_for_function("!!window.pixel.pageview")
    page.evaluate("pixel('secret'); pixel('open')")
    website.wait("open")

    [pageview] = website.named("pageview")
    assert "title" not in pageview
    assert _paths([pageview]) == ["/orders/ID"]
    assert website.named("secret") == []


@pytest.mark.thorough
def test_a_transform_that_fails_drops_its_event_and_breaks_nothing_of_the_page(page: Page, website: Website) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    fails = "(event) => { if (event.name == 'pageview') throw Error(); return event }"
    page.goto(website.page(head=f"<script>window.pixel = {{transform: {fails}}}</script>"))
    page.wait_for_function("!!window.pixel.pageview")
    page.evaluate("pixel('signup')")
    page.evaluate("history.pushState({}, '', '/next'); pixel('end')")
    website.wait("end")

    assert [event["name"] for event in website.events] == ["custom", "custom"]
    assert errors == []
