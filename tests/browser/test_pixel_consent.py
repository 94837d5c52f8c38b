"""The browser script in Chromium: nothing is sent or stored that a visitor has not agreed to, and who is who."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.pixel_site import PixelSite, Website

_PRIVACY_CONTROL = "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
_STORED = "document.cookie + JSON.stringify(sessionStorage) + JSON.stringify(localStorage)"


@pytest.fixture
def with_cookie(pixel_site: PixelSite) -> Website:
    return pixel_site.website(m="cookie", o={"domains": "blog.example|*.shop.example"})


def _open(page: Page, website: Website, **options: Any) -> None:
    page.goto(website.page(**options))
    page.wait_for_function("!!(window.pixel && window.pixel.consent)")


def _visitors(website: Website) -> set[str]:
    return {event["visitor_id"] for event in website.events}


def test_before_consent_nothing_is_sent_or_stored_and_after_it_all_with_its_own_time(
    page: Page, with_cookie: Website
) -> None:
    website = with_cookie
    _open(page, website, attributes='data-consent="required"')
    page.evaluate("for (let i = 0; i < 60; i++) pixel('early', {props: {i}})")
    page.wait_for_timeout(600)
    assert website.stays_silent()
    assert page.evaluate(_STORED) == "{}{}"
    page.evaluate("pixel.consent(true)")
    page.evaluate("pixel('late')")
    [late] = website.wait("late")

    early = website.wait("early", 49)  # with the pageview, fifty wait; requests may pass each other
    assert sorted(event["properties"]["i"] for event in early) == [*range(49)]
    assert all(late["timestamp"] - event["timestamp"] > 600 for event in [*early, *website.named("pageview")])
    assert len(_visitors(website)) == 1
    assert all(len(str(sent.body)) < 16_000 for sent in website.requests)
    assert page.evaluate("document.cookie") == f"_px={_visitors(website).pop()}"


@pytest.mark.thorough
@pytest.mark.parametrize("written", ["data-consent", 'data-consent="yes"'])
def test_consent_is_required_however_the_attribute_is_written(page: Page, website: Website, written: str) -> None:
    _open(page, website, attributes=written)
    assert website.stays_silent()
    page.evaluate("pixel.consent(true)")

    website.wait("pageview")


@pytest.mark.thorough
def test_consent_may_be_given_before_the_script_is_there(page: Page, website: Website) -> None:
    stub = "<script>window.pixel = {q: [() => pixel.consent(true)]}</script>"
    page.goto(website.page(head=stub, attributes='data-consent="required"'))

    website.wait("pageview")


def test_consent_that_is_taken_back_ends_it_and_clears_what_was_stored(page: Page, with_cookie: Website) -> None:
    website = with_cookie
    _open(page, website)
    website.wait("pageview")
    assert page.evaluate("document.cookie").startswith("_px=")
    page.evaluate("pixel.consent(false)")
    page.evaluate("pixel('after')")
    page.wait_for_timeout(300)

    assert website.named("after") == []
    assert page.evaluate(_STORED) == "{}{}"
    before = _visitors(website)
    page.evaluate("pixel.consent(true)")
    page.evaluate("pixel('again')")
    website.wait("again")
    assert website.named("after") == []
    assert len(_visitors(website)) == 2
    assert before < _visitors(website)


@pytest.mark.thorough
def test_who_refuses_has_nothing_on_the_device(page: Page, website: Website) -> None:
    _open(page, website, attributes='data-consent="required"')
    page.evaluate("pixel.consent(false)")

    assert website.stays_silent()
    assert page.evaluate(_STORED) == "{}{}"


@pytest.mark.thorough
def test_consent_that_is_taken_back_also_ends_what_was_to_be_sent_once_more(page: Page, with_cookie: Website) -> None:
    website = with_cookie
    website.answers = [(503, {})]
    _open(page, website)
    page.wait_for_load_state("networkidle")
    page.evaluate("pixel.consent(false); pixel.consent(true)")
    page.evaluate("pixel('again')")
    website.wait("again")
    page.wait_for_timeout(200)

    assert len(website.named("pageview")) == 1


def test_a_visitor_with_a_cookie_is_the_same_on_all_pages_and_days(page: Page, with_cookie: Website) -> None:
    website = with_cookie
    for number in (1, 2):
        _open(page, website, path=f"/{number}")
        website.wait("pageview", number)

    [cookie] = page.context.cookies()
    assert len(_visitors(website)) == 1
    assert (cookie["name"], cookie["value"]) == ("_px", *_visitors(website))
    assert (cookie["sameSite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "shop.example")
    assert 399 * 86400 < cookie["expires"] - website.requests[-1].at < 401 * 86400


@pytest.mark.thorough
def test_hosts_of_a_domain_may_share_the_cookie(page: Page, with_cookie: Website) -> None:
    website = with_cookie
    for number, host in ((1, "www.shop.example"), (2, "app.shop.example")):
        _open(page, website, host=host, attributes='data-cookie="shop.example"')
        website.wait("pageview", number)

    assert len(_visitors(website)) == 1


@pytest.mark.thorough
def test_global_privacy_control_means_that_nobody_is_told_apart(page: Page, with_cookie: Website) -> None:
    page.add_init_script(_PRIVACY_CONTROL)
    _open(page, with_cookie)
    [pageview] = with_cookie.wait("pageview")

    assert "visitor_id" not in pageview
    assert page.evaluate(_STORED) == "{}{}"


@pytest.mark.thorough
def test_global_privacy_control_means_that_nothing_is_sent_if_a_site_says_so(page: Page, website: Website) -> None:
    page.add_init_script(_PRIVACY_CONTROL)
    _open(page, website, attributes='data-gpc="off"')
    page.evaluate("pixel('goal')")

    assert website.stays_silent()


def test_somebody_who_has_opted_out_is_not_counted(page: Page, website: Website) -> None:
    page.add_init_script("localStorage.pixel_off = '1'")
    _open(page, website)
    page.evaluate("pixel('goal'); pixel.identify('me')")

    assert website.stays_silent()


@pytest.mark.thorough
def test_where_cookies_are_blocked_an_id_lasts_as_long_as_its_tab(page: Page, with_cookie: Website) -> None:
    website = with_cookie
    page.add_init_script("Object.defineProperty(document, 'cookie', {get: () => '', set() {}})")
    for number in (1, 2):
        _open(page, website, path=f"/{number}")
        website.wait("pageview", number)

    assert len(_visitors(website)) == 1


@pytest.mark.thorough
def test_where_all_storage_is_refused_pages_are_counted_all_the_same(page: Page, with_cookie: Website) -> None:
    website = with_cookie
    inner = website.page("/inner")
    website_of_frame = website.page(
        "/outer", script="about:blank", body=f'<iframe sandbox="allow-scripts" src="{inner}">'
    )
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(website_of_frame)
    [pageview] = website.wait("pageview")
    frame = page.frames[1]
    frame.evaluate("pixel('goal')")
    [goal] = website.wait("goal")

    assert website.requests[0].headers["Origin"] == "null"  # else this has tried nothing
    assert pageview["visitor_id"] == goal["visitor_id"]
    assert errors == []


@pytest.mark.thorough
def test_a_link_to_a_listed_domain_takes_the_id_along(page: Page, with_cookie: Website) -> None:
    website = with_cookie
    there = website.page("/there?utm_source=a&q=1", host="blog.example")
    _open(page, website, body=f'<a href="{there}#part">There</a>', attributes="data-outbound")
    website.wait("pageview")
    page.click("a")
    website.wait("pageview", 2)

    assert page.evaluate("location.href") == there + "#part"
    assert len(_visitors(website)) == 1
    assert website.named("outbound") == []
    assert "_px" not in str([event["url"] for event in website.events])


@pytest.mark.thorough
@pytest.mark.parametrize("age_ms", [130_000, -130_000])
def test_an_id_that_is_not_fresh_is_not_believed(page: Page, with_cookie: Website, age_ms: int) -> None:
    website = with_cookie
    page.goto(website.page(host="blog.example"))
    website.wait("pageview")
    at = page.evaluate("Date.now()") - age_ms
    page.context.clear_cookies()
    page.goto(website.page(f"/there?a=1&_px=1-2-3-4.{at}&b=2", host="blog.example"))
    pageview = website.wait("pageview", 2)[1]

    assert pageview["visitor_id"] != "1-2-3-4"
    assert page.evaluate("location.search") == "?a=1&b=2"


@pytest.mark.thorough
@pytest.mark.parametrize("given", ["1" * 200, "1-2-3", "x;path=/"])
def test_an_id_that_no_script_makes_is_not_believed(page: Page, with_cookie: Website, given: str) -> None:
    """The server refuses ids of more than 128 characters, and a cookie would keep one for 400 days."""
    website = with_cookie
    page.goto(website.page(host="blog.example"))
    website.wait("pageview")
    at = page.evaluate("Date.now()")
    page.context.clear_cookies()
    page.goto(website.page(f"/there?_px={given}.{at}", host="blog.example"))
    pageview = website.wait("pageview", 2)[1]

    assert given[:43] not in pageview["visitor_id"]
    assert len(pageview["visitor_id"]) <= 43


@pytest.mark.thorough
def test_links_take_nothing_along_without_consent_or_to_other_domains(page: Page, with_cookie: Website) -> None:
    website = with_cookie
    links = '<a id="listed" href="http://blog.example/">Listed</a><a id="other" href="http://other.example/">Other</a>'
    stay = "<script>addEventListener('click', e => e.preventDefault())</script>"
    _open(page, website, body=links + stay, attributes='data-consent="required"')
    page.click("#listed")
    assert page.get_attribute("#listed", "href") == "http://blog.example/"
    page.evaluate("pixel.consent(true)")
    page.click("#listed")
    page.click("#other")

    assert "_px=" in str(page.get_attribute("#listed", "href"))
    assert page.get_attribute("#other", "href") == "http://other.example/"


def test_a_website_without_cookies_stores_nothing(page: Page, website: Website) -> None:
    _open(page, website)
    website.wait("pageview")
    page.evaluate("pixel('goal'); pixel.identify('me')")
    website.wait("identify")

    assert page.evaluate(_STORED) == "{}{}"
    assert page.context.cookies() == []
    assert not any("visitor_id" in event for event in website.events)
