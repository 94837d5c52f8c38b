"""The browser script in Chromium: what is sent arrives once, whatever happens to the network and on strict pages."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.pixel_site import PixelSite, Website


def _open(page: Page, website: Website, **options: Any) -> None:
    page.goto(website.page(**options))
    website.wait("pageview")


def _ids(events: list[dict[str, Any]]) -> list[str]:
    return [event["event_id"] for event in events]


@pytest.mark.parametrize("status", [500, 503, 429])
def test_what_failed_is_sent_once_more_with_the_next_event(page: Page, website: Website, status: int) -> None:
    website.answers = [(status, {}), (202, {})]
    _open(page, website)
    page.wait_for_load_state("networkidle")
    page.evaluate("pixel('next')")
    website.wait("next")
    website.wait_requests(3)
    page.evaluate("pixel('last')")
    website.wait("last")

    first, again = website.named("pageview")
    assert first == again
    assert len(website.requests) == 4


@pytest.mark.thorough
def test_what_fails_twice_is_given_up(page: Page, website: Website) -> None:
    website.answers = [(500, {}), (500, {})]
    _open(page, website)
    for number, goal in enumerate(("one", "two", "three"), start=1):
        page.wait_for_load_state("networkidle")
        page.evaluate(f"pixel('{goal}')")
        website.wait(goal)
        page.wait_for_timeout(100 * number)

    assert len(website.named("pageview")) == 2
    assert [len(website.named(goal)) for goal in ("one", "two", "three")] == [1, 1, 1]


@pytest.mark.parametrize("status", [202, 400, 403, 413])
def test_what_is_refused_for_good_is_not_sent_again(page: Page, website: Website, status: int) -> None:
    website.answers = [(status, {})]
    _open(page, website)
    page.wait_for_load_state("networkidle")
    page.evaluate("pixel('next')")
    website.wait("next")
    page.wait_for_timeout(200)

    assert len(website.named("pageview")) == 1


def test_too_many_requests_are_followed_by_the_pause_that_was_asked_for(page: Page, website: Website) -> None:
    website.answers = [(429, {"Retry-After": "2"})]
    _open(page, website)
    page.wait_for_load_state("networkidle")
    page.evaluate("pixel('during')")
    page.wait_for_timeout(1000)
    assert len(website.requests) == 1
    page.wait_for_timeout(1200)
    page.evaluate("pixel('after')")
    website.wait("after")
    website.wait("pageview", 2)

    assert website.requests[1].at - website.requests[0].at >= 2
    assert {len(website.named(goal)) for goal in ("during", "after")} == {1}


@pytest.mark.thorough
def test_a_pause_that_is_not_a_number_of_seconds_is_none(page: Page, website: Website) -> None:
    website.answers = [(503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"})]
    _open(page, website)
    page.wait_for_load_state("networkidle")
    page.evaluate("pixel('next')")

    website.wait("next")


def test_where_fetch_fails_a_beacon_is_sent(page: Page, website: Website) -> None:
    page.add_init_script("window.fetch = () => Promise.reject(new TypeError('not here'))")
    _open(page, website)
    page.evaluate("pixel('next')")
    website.wait("next")
    website.wait("pageview", 2)  # the beacon's fate is not known, so it goes once more, with the same id

    assert len({*_ids(website.named("pageview"))}) == 1
    assert website.requests[0].headers["Content-Type"].startswith("text/plain")


@pytest.mark.thorough
def test_what_happens_offline_is_not_kept(page: Page, website: Website) -> None:
    _open(page, website)
    page.context.set_offline(True)
    page.evaluate("pixel('offline')")
    page.wait_for_timeout(300)
    page.context.set_offline(False)
    page.evaluate("pixel('online')")
    website.wait("online")
    page.wait_for_timeout(200)

    assert website.named("offline") == []


@pytest.mark.thorough
def test_many_events_go_out_in_parts_that_the_server_takes(page: Page, website: Website) -> None:
    _open(page, website)
    page.evaluate("for (let i = 0; i < 40; i++) pixel('many', {props: {text: 'x'.repeat(1000)}})")
    website.wait("many", 40)

    assert all(len(str(sent.body)) < 16_000 and len(sent.events) <= 20 for sent in website.requests)


@pytest.mark.thorough
def test_long_titles_are_cut_to_what_the_server_takes(page: Page, website: Website) -> None:
    _open(page, website, head=f"<script>document.title = '{'long ' * 200}'</script>")

    assert len(website.named("pageview")[0]["title"]) == 512


def test_a_strict_page_needs_no_more_than_the_host_of_the_script(page: Page, website: Website) -> None:
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    host = f"http://stats.example:{website.port}"
    policy = f"default-src 'none'; script-src {host}; connect-src {host}; require-trusted-types-for 'script'"
    _open(page, website, headers={"Content-Security-Policy": policy}, body='<b data-pixel-goal="bold">Bold</b>')
    page.click("b")
    website.wait("bold")

    assert [text for text in messages if "Content Security" in text or "Trusted" in text] == []


@pytest.mark.thorough
def test_a_page_that_refuses_the_connection_goes_on_without_an_error(page: Page, website: Website) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    policy = f"default-src 'none'; script-src http://stats.example:{website.port}"
    page.goto(website.page(headers={"Content-Security-Policy": policy}))
    page.wait_for_function("!!window.pixel")
    page.evaluate("pixel('goal')")

    assert website.stays_silent()
    assert errors == []


@pytest.mark.thorough
def test_debugging_prints_what_the_server_says(page: Page, pixel_site: PixelSite) -> None:
    quiet, loud = pixel_site.website(), pixel_site.website(o={"debug": 1})
    printed: list[str] = []
    page.on("console", lambda message: printed.append(message.text))
    for website in (quiet, loud):
        _open(page, website)
        page.wait_for_load_state("networkidle")
        page.evaluate("1")

    assert [text for text in printed if "accepted" in text] == ['{"data": {"accepted": 1, "dropped": []}}']


@pytest.mark.thorough
def test_answers_that_nobody_can_read_make_no_error(page: Page, website: Website) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    website.answers = [(502, {"Access-Control-Allow-Origin": ""})]
    _open(page, website)
    page.evaluate("pixel('next')")
    website.wait("next")

    assert errors == []


@pytest.mark.thorough
def test_events_go_where_an_attribute_says(page: Page, website: Website) -> None:
    """A site may serve the script itself, and pass on what it sends."""
    _open(page, website, attributes=f'data-to="http://shop.example:{website.port}/p/e"')

    [sent] = website.requests
    assert sent.headers["Host"].startswith("shop.example")
