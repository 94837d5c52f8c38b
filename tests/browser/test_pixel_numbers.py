"""The browser pixel on the whole stack: what was done on pages of two origins is, to the number, what pipes answer."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import ARGUMENTS, chromium_path
from tests.browser.pixel_people import (
    ARGUMENTS_OF_PEOPLE,
    HERE,
    OTHER_CHROME,
    THERE,
    Watched,
    add_goal,
    leave,
    look_at,
    person,
    settles,
    watched,
)
from tests.browser.pixel_site import PixelSite
from tests.stack.running import RunningStack


@pytest.fixture(scope="module")
def people(chromium: Browser) -> Iterator[Browser]:
    """Start a browser that does not say that a program drives it, because bots are in no number."""
    browser = chromium.browser_type.launch(executable_path=chromium_path(), args=[*ARGUMENTS, *ARGUMENTS_OF_PEOPLE])
    yield browser
    browser.close()


@pytest.fixture
def shop(stack: RunningStack, pixel_site: PixelSite) -> Watched:
    return watched(stack, pixel_site)


def test_pages_of_two_origins_and_of_an_application_count_once_each(shop: Watched, people: Browser) -> None:
    with person(people) as context:
        page = context.new_page()
        look_at(page, shop.page("/home?secret=1&utm_source=news"))
        for change in (
            "history.pushState({}, '', '/list')",
            "history.replaceState({}, '', '/list?sort=up')",  # is not sent, so it is the same page
            "history.replaceState({}, '', '/item')",
            "history.pushState({}, '', '/item#reviews')",
            "history.go(-2)",
        ):
            page.evaluate(change)
            page.wait_for_timeout(300)
        look_at(page, shop.page("/there", host=THERE))
        assert page.evaluate("document.cookie + JSON.stringify([localStorage, sessionStorage])") == "[{},{}]"
        leave(page)
    with person(people, user_agent=OTHER_CHROME) as context:
        page = context.new_page()
        look_at(page, shop.page("/there", host=THERE))
        leave(page)

    settles(
        shop.says(
            "p_top_pages",
            [
                {"path": "/home", "pageviews": 2, "visitors": 1},
                {"path": "/list", "pageviews": 1, "visitors": 1},
                {"path": "/item", "pageviews": 1, "visitors": 1},
                {"path": "/there", "pageviews": 2, "visitors": 2},
            ],
        ),
        shop.says("p_traffic_sources", [{"utm_source": "news", "visitors": 1}], by="source", utm_source="news"),
        shop.says("p_languages", [{"language": "de-DE", "visitors": 2}]),
    )


@pytest.mark.thorough
def test_parts_behind_the_hash_count_as_pages_and_for_goals_where_a_website_wants_it(
    stack: RunningStack, pixel_site: PixelSite, people: Browser
) -> None:
    shop = watched(stack, pixel_site, hash=True, exclude=["/admin*"], query_params_kept=["size"])
    add_goal(shop, "Paid", "/app#/pay")
    with person(people) as context:
        page = context.new_page()
        look_at(page, shop.page("/app#/cart"))
        page.evaluate("location.hash = '/pay'")
        page.wait_for_timeout(300)
        page.goto(shop.page("/admin/users"))
        page.wait_for_timeout(300)
        leave(page)

    settles(
        shop.says("p_top_pages", [{"path": "/app", "pageviews": 2, "visitors": 1}]),
        shop.says("p_goal_conversions", [{"goal_name": "Paid", "conversions": 1}]),
    )


def test_goals_by_attribute_call_and_css_selector_have_their_values(shop: Watched, people: Browser) -> None:
    add_goal(shop, "Cart", ".add-to-cart", value=5, currency="USD")
    add_goal(shop, "Thanked", "/thanks")
    body = """<button class="add-to-cart"><b>Add</b></button><a href="/thanks">Pay</a>
      <button id="plan" data-pixel-goal="signup" data-pixel-prop-plan="pro" data-pixel-value="9">Sign up</button>"""
    with person(people) as context:
        page = context.new_page()
        shop.page("/thanks")
        look_at(page, shop.page("/shop", body=body))
        page.click("b")
        page.click(".add-to-cart")
        page.click("#plan")
        page.evaluate("pixel('asked', {value: 2.5, currency: 'USD', props: {about: 'size'}})")
        page.click("text=Pay")
        page.wait_for_timeout(500)
        leave(page)

    settles(
        shop.says(
            "p_goal_conversions",
            [
                {"goal_name": "Cart", "conversions": 2, "visitors": 1, "value": 10},
                {"goal_name": "Thanked", "conversions": 1, "visitors": 1, "value": 0},
                {"goal_name": "asked", "conversions": 1, "visitors": 1, "value": 2.5},
                {"goal_name": "signup", "conversions": 1, "visitors": 1, "value": 9},
            ],
        )
    )


@pytest.mark.thorough
def test_time_on_page_and_depth_are_those_of_the_visit(shop: Watched, people: Browser) -> None:
    with person(people) as context:
        page = context.new_page()
        look_at(page, shop.page("/long", body="<div style='height: 4000px'>Long</div>"))
        began = time.monotonic()
        page.mouse.wheel(0, 9000)
        page.wait_for_timeout(2200)
        leave(page)
        seconds = time.monotonic() - began
        page = context.new_page()
        look_at(page, shop.page("/short"))
        leave(page)  # in less than a second

    settles(shop.says("p_engagement", [{"path": "/long", "visitors": 1, "scroll_depth": 100}]))
    [row] = shop.rows("p_engagement")
    assert 2 <= row["time_on_page"] <= seconds + 1


@pytest.mark.thorough
def test_without_consent_nothing_is_counted_and_with_it_all_of_the_visit(
    stack: RunningStack, pixel_site: PixelSite, people: Browser
) -> None:
    shop = watched(stack, pixel_site, consent="required")
    sent: list[str] = []
    with person(people) as context:
        page = context.new_page()
        page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        page.goto(shop.page("/first"))
        page.wait_for_function("!!window.pixel?.consent")
        page.evaluate("history.pushState({}, '', '/second')")
        page.wait_for_timeout(500)
        assert sent == []
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.evaluate("pixel.consent(true)")
        leave(page)
        page = context.new_page()
        page.goto(shop.page("/refused"))
        page.wait_for_function("!!window.pixel?.consent")
        page.evaluate("pixel.consent(false)")
        page.evaluate("pixel('never')")
        page.wait_for_timeout(500)
        leave(page)

    settles(shop.says("p_top_pages", [{"path": "/first", "pageviews": 1}, {"path": "/second", "pageviews": 1}]))
    assert shop.rows("p_goal_conversions") == []


@pytest.mark.thorough
def test_a_cookie_is_the_same_visitor_with_another_browser_and_without_one_it_is_another(
    stack: RunningStack, pixel_site: PixelSite, people: Browser
) -> None:
    with_cookie, without = watched(stack, pixel_site, mode="cookie"), watched(stack, pixel_site)
    with person(people) as context:
        page = context.new_page()
        look_at(page, with_cookie.page("/a"))
        assert page.evaluate("document.cookie").startswith("_px=")
        look_at(page, without.page("/a"))
        kept = context.storage_state()
    with person(people, user_agent=OTHER_CHROME, storage_state=kept) as context:  # the browser was updated
        page = context.new_page()
        look_at(page, with_cookie.page("/a"))
        look_at(page, without.page("/a"))

    settles(
        with_cookie.says("p_top_pages", [{"path": "/a", "pageviews": 2, "visitors": 1}]),
        without.says("p_top_pages", [{"path": "/a", "pageviews": 2, "visitors": 2}]),
    )


@pytest.mark.thorough
def test_what_a_script_of_the_cookie_mode_still_sends_to_a_website_without_it_counts(
    shop: Watched, pixel_site: PixelSite, people: Browser
) -> None:
    old = pixel_site.website(m="cookie", k=shop.key)
    to = f'data-to="{shop.site.stack.state["api_url"]}/p/e"'
    with person(people) as context:
        page = context.new_page()
        script = f"http://{HERE}:{pixel_site.port}/p/{old.key}.js"
        look_at(page, shop.page("/old", script=script, attributes=to))
        assert page.evaluate("document.cookie").startswith("_px=")
        context.clear_cookies()
        page.evaluate("sessionStorage.clear()")
        look_at(page, shop.page("/old", script=script, attributes=to))

    settles(shop.says("p_top_pages", [{"path": "/old", "pageviews": 2, "visitors": 1}]))


def test_two_websites_on_one_machine_have_their_own_numbers_and_origins(
    stack: RunningStack, pixel_site: PixelSite, people: Browser
) -> None:
    here = watched(stack, pixel_site, origins=(HERE,))
    there = watched(stack, pixel_site, origins=(THERE,))
    refused: list[int] = []
    with person(people) as context:
        page = context.new_page()
        look_at(page, here.page("/both"))
        look_at(page, there.page("/both", host=THERE))
        look_at(page, there.page("/more", host=THERE))
        page.on("response", lambda answer: refused.append(answer.status) if answer.request.method == "POST" else None)
        with page.expect_response(lambda answer: answer.status == 403):
            page.goto(there.page("/copied", host=HERE))  # a page that was copied, key and all

    assert refused == [403]
    settles(
        here.says("p_top_pages", [{"path": "/both", "pageviews": 1, "visitors": 1}]),
        there.says("p_top_pages", [{"path": path, "pageviews": 1, "visitors": 1} for path in ("/both", "/more")]),
    )


@pytest.mark.thorough
@pytest.mark.parametrize("is_proven", [True, False], ids=["with the secret", "without it"])
def test_a_proxy_says_who_the_visitor_is_with_the_secret_alone(
    shop: Watched, pixel_site: PixelSite, people: Browser, *, is_proven: bool
) -> None:
    to = f"{shop.site.stack.state['api_url']}/p"
    proof = {"X-Pixel-Proxy": shop.secret if is_proven else "prx_" + "0" * 43}
    for name, address, country in (("px1", "203.0.113.1", "DE"), ("px2", "203.0.113.2", "FR")):
        pixel_site.proxies[name] = to, {**proof, "X-Forwarded-For": address, "X-Pixel-Country": country}
    with person(people) as context:
        page = context.new_page()
        for name in ("px1", "px2", "px1"):
            with page.expect_request(lambda request: request.method == "POST") as sent:
                look_at(page, shop.page("/", script=f"/{name}/{shop.key}.js"))
            assert sent.value.url == f"http://{HERE}:{pixel_site.port}/{name}/e"  # nothing but the site's own host

    if is_proven:
        settles(
            shop.says("p_top_pages", [{"path": "/", "pageviews": 3, "visitors": 2}]),
            shop.says("p_geo", [{"country": country, "visitors": 1} for country in ("DE", "FR")]),
        )
    else:
        settles(shop.says("p_top_pages", [{"path": "/", "pageviews": 3, "visitors": 1}]))
        assert {row["country"] for row in shop.rows("p_geo")} <= {""}


@pytest.mark.thorough
def test_somebody_new_clicks_around_in_the_shop_of_the_demo_and_sees_the_dashboard_move(
    stack: RunningStack, people: Browser
) -> None:
    with person(people) as context:
        front = context.new_page()
        front.goto(f"{stack.state['api_url']}/")
        page = context.new_page()
        page.goto(str(front.get_by_role("link", name="The shop of the demo").get_attribute("href")))
        page.click("text=See the shoes")
        with page.expect_response(lambda answer: "goal_name" in (answer.request.post_data or "")):
            page.click("text=Add to cart >> nth=0")
        front.bring_to_front()  # a dashboard that nobody sees asks for nothing
        front.click("text=Dashboard of the demo website")
        until_it_moves = 125_000  # they are asked for every 30 seconds, and an answer may be kept for a minute
        front.wait_for_selector("[data-panel=realtime] :text('/shoes.html')", timeout=until_it_moves)

    assert f"pixel on: {stack.state['shop_url']}" in stack.output.read_text()
