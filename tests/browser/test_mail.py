"""Mail in Chromium: it fits a telephone, reads in light and dark, and its pages are accessible."""

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from pixel.mail import link_pages
from pixel.mail.compose import CHART_ID, compose_alert, compose_confirmation, compose_report
from pixel.mail.content import Composed, Listing, Row
from tests.browser.watched import ARE_PICTURES_WANTED, CHECKED, LOOKS
from tests.unit.mail.given import STOP, WEBSITE, fired, silent, weekly

_LONG = WEBSITE._replace(name="Donaudampfschifffahrtsgesellschaft" * 3, domain=f"{'long-' * 12}name.example")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_MAILS = {
    "report": compose_report(weekly(), STOP),
    "report-long": compose_report(
        weekly(_LONG)._replace(listings=(Listing("pages", (Row(f"/{'a' * 200}", 12, 0.4),)),)), STOP
    ),
    "silent": compose_report(silent(), STOP),
    "fired": compose_alert(fired(), STOP),
    "fired-long": compose_alert(fired(_LONG)._replace(name="W" * 90), STOP),
    "recovered": compose_alert(fired()._replace(transition="recovered", value=380), STOP),
    "missing": compose_alert(fired()._replace(transition="missing", value=None, score=None), STOP),
    "confirmation": compose_confirmation(WEBSITE, "Nordlicht GmbH", STOP),
}
_PAGES = {
    "mail-stop": link_pages.asking("Stop this mail?", "You then get no more of it.", "Stop this mail").body,
    "mail-stopped": link_pages.stopped(may_start=True).body,
}


@pytest.mark.thorough
def test_every_mail_and_page_fits_and_is_accessible(chromium: Browser, screens: Path) -> None:
    axe = Path(__file__).with_name("axe.min.js").read_text()
    context = chromium.new_context()
    page = context.new_page()
    shown = {name: _as_clients_show_it(mail) for name, mail in _MAILS.items()} | _PAGES
    found = {}
    for name, html in shown.items():
        page.set_content(html)
        page.evaluate(axe)
        for look in LOOKS if ARE_PICTURES_WANTED else CHECKED:
            page.set_viewport_size({"width": look.width, "height": look.height})
            page.emulate_media(color_scheme="dark" if look.scheme == "dark" else "light")
            if look in CHECKED:
                found[f"{name}-{look}"] = (_overflow(page), _faults(page))
            if ARE_PICTURES_WANTED:
                page.screenshot(path=screens / f"{name}-{look}.png", full_page=True)
    context.close()

    assert found == dict.fromkeys(found, (0, []))
    assert len(found) == len(shown) * len(CHECKED)


def _as_clients_show_it(mail: Composed) -> str:
    if mail.chart_png is None:
        return mail.html
    return mail.html.replace(f"cid:{CHART_ID}", f"data:image/png;base64,{base64.b64encode(mail.chart_png).decode()}")


def _overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def _faults(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        "async (runOnly) => (await axe.run(document, {runOnly})).violations"
        ".map((one) => one.id + ': ' + one.nodes.map((node) => node.html.slice(0, 160)).slice(0, 2).join(' | '))",
        _RULES,
    )
    return found
