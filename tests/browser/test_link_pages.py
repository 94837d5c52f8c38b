"""The pages of short links in Chromium: they lead on, keep an answer, and need no script to be read."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from pixel.redirects import pages
from pixel.redirects.answers import Answer
from tests.browser.watched import ARE_PICTURES_WANTED, CHECKED, TIMEOUT_MS

_LINK = "https://go.example.com/sale"
_NEXT = "https://www.example.com/page?a=1&b=2"
_COMPANY = {"name": "Kettle & Crow", "privacy_url": "https://crow.example/privacy"}
_PAGES = {
    "password": pages.password_form(was_wrong=True),
    "described": pages.described({"destination": _NEXT, "title": "Spring sale"}, "abuse@example.com"),
    "preview": pages.preview({"code": "sale", "preview": {"title": "Spring sale", "description": "Until Sunday"}}),
    "not-found": pages.not_found("abuse@example.com"),
    "expired": pages.expired(),
    "banned": pages.banned(),
    "app": pages.app_opening(_NEXT, "myapp://page"),
    "consent": pages.consent_question(_COMPANY, _NEXT),
}
_FAULTS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.map((one) => one.id)"""

Open = Callable[..., Page]


@pytest.fixture
def open_link(chromium: Browser) -> Iterator[Open]:
    """Return a function that opens a link whose answer is a page, in a browser that knows nothing."""
    contexts = []

    def opened(answer: Answer, *, with_script: bool = True, again: Page | None = None) -> Page:
        if again is None:
            contexts.append(chromium.new_context(java_script_enabled=with_script))
        page = again or contexts[-1].new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.unroute_all()

        def fulfill(route: Route) -> None:
            if route.request.url == _LINK:
                route.fulfill(status=answer.status, headers=dict(answer.headers), body=answer.body)
            else:
                route.fulfill(body="The destination", content_type="text/plain")

        page.route("**/*", fulfill)
        page.goto(_LINK, wait_until="commit")
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.thorough
def test_an_answer_is_kept_for_the_domain_and_leads_on(open_link: Open) -> None:
    for button, answer in (("Allow", "yes"), ("Decline", "no")):
        page = open_link(_PAGES["consent"])
        page.get_by_role("button", name=button).click()
        page.wait_for_url(_NEXT)

        [cookie] = page.context.cookies()
        kept = {name: cookie.get(name) for name in ("name", "value", "domain", "path", "secure", "sameSite")}
        assert kept == {
            "name": "px_c",
            "value": answer,
            "domain": "go.example.com",
            "path": "/",
            "secure": True,
            "sameSite": "Lax",
        }


@pytest.mark.thorough
def test_without_a_script_visitors_are_led_on_unmeasured(open_link: Open) -> None:
    page = open_link(_PAGES["consent"], with_script=False)

    assert page.get_by_role("link", name="Go on without").get_attribute("href") == _NEXT
    assert not page.get_by_role("button", name="Allow").is_visible()
    page.wait_for_url(_NEXT)
    assert page.context.cookies() == []


@pytest.mark.thorough
def test_what_no_app_opens_leads_to_the_web(open_link: Open) -> None:
    page = open_link(_PAGES["app"])
    assert page.get_by_role("link", name="Open the app").get_attribute("href") == "myapp://page"
    page.wait_for_url(_NEXT)

    still = open_link(_PAGES["app"], with_script=False)
    still.get_by_role("link", name="Continue in the browser").click()
    still.wait_for_url(_NEXT)


def test_every_page_fits_and_is_accessible(open_link: Open, screens: Path) -> None:
    axe = (Path(__file__).with_name("axe.min.js")).read_text()
    found = {}
    page = None
    for name, answer in _PAGES.items():
        page = open_link(_without_leaving(answer), again=page)
        page.evaluate(axe)
        for look in CHECKED:
            page.set_viewport_size({"width": look.width, "height": look.height})
            page.emulate_media(color_scheme="dark" if look.scheme == "dark" else "light")
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            faults = page.evaluate(_FAULTS)
            found[f"{name}-{look}"] = (overflow, faults)
            if ARE_PICTURES_WANTED:
                page.screenshot(path=screens / f"link-{name}-{look}.png")

    assert found == dict.fromkeys(found, (0, []))
    assert len(found) == len(_PAGES) * len(CHECKED)


def _without_leaving(answer: Answer) -> Answer:
    """Return a page as it is before its script leads on."""
    return answer._replace(body=answer.body.replace("} else {\n  leave();", "} else {"))
