"""The browser script in Chromium: goals that clicks, forms and calls reach, without holding anybody up."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.pixel_site import PixelSite, Website

_ALL_ON = 'data-outbound data-download data-form="on"'
_CSS_GOALS = [["#buy", "buy"], [".card a", "card"], ["::nonsense", "never"], ["p:has(> em)", "words"]]


def _open(page: Page, website: Website, body: str, **options: Any) -> None:
    page.goto(website.page(body=body, **options))
    website.wait("pageview")


def _click(page: Page, selector: str) -> None:
    """Click, as a browser does for a person, on a page that stays."""
    page.evaluate("selector => document.querySelector(selector).click()", selector)


def test_attributes_of_an_element_are_a_goal(page: Page, website: Website) -> None:
    button = """<div data-pixel-goal="outer"><button data-pixel-goal="signup" data-pixel-prop-plan="pro"
      data-pixel-prop-plan-length="12" data-pixel-value="9.50" data-pixel-currency="EUR" class="big"><b>Go</b></button>
      <i>Nothing more</i></div>"""
    _open(page, website, button)
    page.click("b")
    [goal] = website.wait("signup")
    page.click("i")
    [outer] = website.wait("outer")

    assert goal["name"] == "custom"
    assert goal["properties"] == {"plan": "pro", "plan-length": "12"}
    assert (goal["value"], goal["currency"]) == ("9.50", "EUR")
    assert goal["url"] == website.named("pageview")[0]["url"]
    assert "title" not in goal
    assert (outer["properties"], "value" in outer, "currency" in outer) == ({}, False, False)


@pytest.mark.thorough
def test_goals_within_web_components_are_found(page: Page, website: Website) -> None:
    body = """<x-card data-pixel-goal="card"></x-card><script>
      document.querySelector('x-card').attachShadow({mode: 'open'}).innerHTML =
        '<button>Plain</button><a href="#here" data-pixel-goal="inner">Here</a>'</script>"""
    _open(page, website, body)
    page.click("button")
    page.click("text=Here")

    website.wait("inner")
    assert [event["goal_name"] for event in website.named("custom")] == ["card", "inner"]


def test_selectors_of_the_website_s_goals_are_reached_without_touching_the_page(
    page: Page, pixel_site: PixelSite
) -> None:
    website = pixel_site.website(g=_CSS_GOALS)
    body = '<button id="buy">Buy</button><p class="card">A <em>good</em> <a href="#more"><b>More</b></a></p>'
    _open(page, website, body)
    page.click("#buy")
    website.wait("buy")
    page.click("b")
    website.wait("words")

    assert [event["goal_name"] for event in website.named("custom")] == ["buy", "card", "words"]
    assert [len(sent.events) for sent in website.requests] == [1, 1, 2]  # one click, one request


@pytest.mark.thorough
def test_a_page_may_call_for_goals_before_and_after_the_script_is_there(page: Page, website: Website) -> None:
    stub = "<script>window.pixel = {q: [() => pixel('early', {props: {is: true}})]}</script>"
    _open(page, website, "", head=stub)
    page.evaluate("pixel('signup', {props: {plan: 'pro', seats: 3}, value: 9, currency: 'EUR'})")
    page.evaluate("pixel.identify('customer-7', {plan: 'pro'})")

    [identify] = website.wait("identify")
    assert website.named("early")[0]["properties"] == {"is": True}
    [goal] = website.named("signup")
    assert (goal["properties"], goal["value"]) == ({"plan": "pro", "seats": 3}, 9)
    assert identify == {"name": "identify", "external_id": "customer-7", "traits": {"plan": "pro"}}


def test_links_away_downloads_and_forms_are_goals_if_a_site_says_so(page: Page, pixel_site: PixelSite) -> None:
    body = """<script>addEventListener('click', e => e.target.href && e.preventDefault());
        addEventListener('submit', e => e.preventDefault())</script>
      <a id="away" href="http://other.example/a?token=1&utm_source=us#x">Away</a><a id="in" href="/in">In</a>
      <a id="file" href="/files/list.pdf?token=1">List</a><a id="mail" href="mailto:a@b.example">Mail</a>
      <form id="contact"><input name="id"><input name="email" value="a@b.example"><button id="send">Send</button></form>
      <form id="marked" data-pixel-goal="ask"><button id="ask">Ask</button></form>"""
    quiet, loud = pixel_site.website(), pixel_site.website()
    for website, attributes in ((quiet, ""), (loud, _ALL_ON)):
        _open(page, website, body, attributes=attributes)
        for selector in ("#away", "#in", "#file", "#mail", "#send", "#ask"):
            _click(page, selector)
        page.evaluate("pixel('end')")
        website.wait("end")

    assert [event["goal_name"] for event in quiet.named("custom")] == ["ask", "end"]
    goals = {event["goal_name"]: event["properties"] for event in loud.named("custom")[:-1]}
    assert goals == {
        "outbound": {"url": "http://other.example/a?utm_source=us"},
        "download": {"url": f"http://shop.example:{pixel_site.port}/files/list.pdf"},
        "form": {"form": "contact"},
        "ask": {},
    }


@pytest.mark.thorough
def test_a_file_is_a_download_however_its_name_is_written(page: Page, website: Website) -> None:
    stay = "<script>addEventListener('click', e => e.preventDefault())</script>"
    _open(page, website, f'{stay}<a id="file" href="/files/LIST.PDF">List</a>', attributes=_ALL_ON)
    page.click("#file")

    website.wait("download")


@pytest.mark.thorough
def test_a_form_with_fields_named_as_what_scripts_call_hides_nothing(page: Page, pixel_site: PixelSite) -> None:
    website = pixel_site.website(g=_CSS_GOALS)
    body = '<form onsubmit="return false"><input name="matches"><button id="buy">Buy</button></form>'
    _open(page, website, body)
    page.click("#buy")

    website.wait("buy")


@pytest.mark.thorough
def test_the_server_may_turn_them_on(page: Page, pixel_site: PixelSite) -> None:
    website = pixel_site.website(o={"outbound": 1})
    _open(page, website, '<a id="away" href="http://other.example/">Away</a>')
    page.click("#away")

    website.wait("outbound")


@pytest.mark.thorough
@pytest.mark.parametrize("how", ["left", "middle", "new-tab"])
def test_a_link_is_followed_at_once_and_its_goal_arrives(
    page: Page, website: Website, pixel_context: BrowserContext, how: str
) -> None:
    target = ' target="_blank"' if how == "new-tab" else ""
    body = f'<a id="away" data-pixel-goal="leave" href="http://other.example:{website.port}/landing"{target}>Away</a>'
    _open(page, website, body, attributes=_ALL_ON)
    page.evaluate("addEventListener('click', e => { window.wasHeldUp = e.defaultPrevented })")
    if how == "left":
        page.click("#away", no_wait_after=True)
    else:
        with pixel_context.expect_page():
            page.click("#away", button="middle" if how == "middle" else "left")

    website.wait("outbound")
    assert [event["goal_name"] for event in website.named("custom")] == ["leave", "outbound"]
    if how == "left":
        page.wait_for_url("**/landing")
    else:
        assert page.evaluate("window.wasHeldUp") in (False, None)


@pytest.mark.thorough
def test_a_right_click_reaches_nothing(page: Page, website: Website) -> None:
    _open(page, website, '<a id="away" data-pixel-goal="leave" href="http://other.example/">Away</a>')
    page.click("#away", button="right")
    page.evaluate("pixel('end')")
    website.wait("end")

    assert website.named("leave") == []


@pytest.mark.thorough
def test_a_form_that_is_sent_is_a_goal_though_the_page_is_left(page: Page, website: Website) -> None:
    _open(page, website, '<form data-pixel-goal="search" action="/found"><input name="q"><button>Go</button></form>')
    page.fill("input", "private words")
    page.press("input", "Enter")
    page.wait_for_url("**/found?q=*")

    [goal] = website.wait("search")
    assert "private" not in str(website.events)
    assert goal["properties"] == {}


@pytest.mark.thorough
def test_a_page_that_includes_the_script_twice_counts_once(page: Page, website: Website) -> None:
    again = f'<script async src="http://stats.example:{website.port}/p/{website.key}.js"></script>'
    _open(page, website, again)
    page.wait_for_load_state("networkidle")
    page.evaluate("pixel('end')")
    website.wait("end")

    assert len(website.named("pageview")) == len(website.named("end")) == 1


def test_two_websites_are_counted_apart(page: Page, pixel_site: PixelSite) -> None:
    one, other = pixel_site.website(), pixel_site.website()
    _open(page, one, "")
    page.goto(other.page(host="blog.example"))
    other.wait("pageview")

    assert [event["url"].split(":")[1] for event in one.named("pageview") + other.named("pageview")] == [
        "//shop.example",
        "//blog.example",
    ]


@pytest.mark.thorough
def test_the_script_without_settings_takes_the_key_from_an_attribute(page: Page, website: Website) -> None:
    script = f"http://stats.example:{website.port}/p/pixel.js"
    _open(page, website, "", script=script, attributes=f'data-key="{website.key}"')
