"""The browser script where it is used: on the pages of the demo's shop, and as the npm package."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.pixel_site import PixelSite, Website
from tests.template.document import ROOT
from tools import browser_script

_SHOP = ROOT / "local" / "demo" / "site"
_IN_PAGE = "addEventListener('click', e => e.target.host == 'www.openstreetmap.org' && e.preventDefault())"


def test_somebody_who_clicks_around_in_the_shop_reaches_every_kind_of_goal(page: Page, pixel_site: PixelSite) -> None:
    website = pixel_site.website(g=[[".add-to-cart", "cart"]])
    for file in _SHOP.iterdir():
        website.file(f"/{file.name}", file.read_text().replace("PIXEL_KEY", website.key))
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    page.goto(f"http://shop.example:{website.port}/index.html")
    website.wait("pageview")
    page.evaluate(_IN_PAGE)
    page.click("text=Write to me")
    page.click("text=Look at a map")
    with page.expect_download():
        page.click("text=Price list")
    page.click("text=See the shoes")
    website.wait("pageview", 2)
    page.click("text=Add to cart >> nth=0")
    page.click("text=Order")
    website.wait("pageview", 3)
    page.click("text=Contact")
    website.wait("pageview", 4)
    page.fill("#message", "What size?")
    page.click("text=Send")
    website.wait("pageview", 5)
    website.wait("form")

    goals = [event["goal_name"] for event in website.named("custom")]
    assert sorted(goals) == ["cart", "download", "form", "newsletter", "order", "outbound"]
    assert [event["url"].rpartition("/")[2] for event in website.named("pageview")] == [
        "index.html",
        "shoes.html?utm_source=demo&utm_campaign=spring",
        "thanks.html",
        "contact.html",
        "thanks.html?",  # a browser adds the sign for a form without named fields; paths have no query
    ]
    assert errors == []


@pytest.mark.skipif(not browser_script.is_ready(), reason="`make script` sets up what builds the package")
def test_the_npm_package_counts_as_the_script_does(page: Page, website: Website, tmp_path: Path) -> None:
    browser_script.build_package(tmp_path / "npm")
    website.file("/pixel.js", (tmp_path / "npm" / "index.js").read_text())
    to = f"http://stats.example:{website.port}/p/e"
    module = f"""<script type="module">
      import {{ init, pixel }} from '/pixel.js';
      pixel('early');
      init({{ key: '{website.key}', to: '{to}', mode: 'cookie', outbound: true, goals: [['b', 'bold']] }});
      init({{ key: 'pk_test_other', to: '{to}' }});
    </script>"""
    page.goto(website.file("/app.html", f"<!doctype html><title>App</title>{module}<b>Bold</b>"))
    website.wait("early")
    page.click("b")
    [bold] = website.wait("bold")

    assert len(website.named("pageview")) == 1
    assert page.evaluate("document.cookie") == f"_px={bold['visitor_id']}"
    assert page.evaluate("'pixel' in window") is False
