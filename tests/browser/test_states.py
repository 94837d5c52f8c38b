"""Each state of the page at two widths and in two schemes: nothing in the console, no violation, no finding of axe."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pixel.foundation.clock import to_iso
from tests.browser.conftest import Site, new_site, owner_address
from tests.browser.watched import ARE_PICTURES_WANTED, CHECKED, LOOKS, Watched
from tests.stack.running import RunningStack

Watch = Callable[..., Watched]
_HOSTILE = "<img src=x onerror=\"document.title='taken'\">"
_PASSWORD = "correct horse"
_CUT_TABLES = """[...document.querySelectorAll(".table-scroll")]
  .filter((table) => table.scrollWidth > table.clientWidth).map((table) => table.ariaLabel)"""
_PRESENT = {"last_30": 40, "filter": "path", "pages": [], "others": {"rows": 3, "visitors": 4}}


def _matrix(page: Watched, state: str, screens: Path) -> None:
    """Check a state in each size and scheme, and take pictures of all of them if they are wanted."""
    for look in LOOKS if ARE_PICTURES_WANTED else CHECKED:
        page.look_at(look)
        if look in CHECKED:
            page.must_fit()
            page.must_be_accessible()
        page.keep(screens / f"{state}-{look}.png")


def test_a_share_link_shows_the_website(watch: Watch, demo_share: Callable[..., str], screens: Path) -> None:
    page = watch(demo_share() + "?period=7d")
    page.see_map()

    assert page.page.get_by_role("heading", level=1).inner_text() == "Demo site of demo"
    assert page.page.locator("[data-state=ready]").count() == 8
    assert page.page.locator(".land").count() == 176
    _matrix(page, "share", screens)


@pytest.mark.thorough
def test_an_owner_sees_all_panels(watch: Watch, stack: RunningStack, screens: Path) -> None:
    address = owner_address(
        stack, stack.state["keys"]["read"], stack.state["website_id"], panels=["summary", "revenue", "retention"]
    )

    page = watch(address)

    assert page.texts(".card h2") == ["Revenue", "Retention"]
    assert "#s=" in page.page.url
    _matrix(page, "owner", screens)
    page.page.locator("[data-panel=revenue] button", has_text="Direct").first.click()
    page.page.locator(".chip").wait_for()
    assert page.texts(".chip") == ["Channel\nDirect"]
    page.wait()


def test_a_password_is_asked_for_and_opens(watch: Watch, site: Site, screens: Path) -> None:
    page = watch(site.share(password=_PASSWORD))
    field = page.page.get_by_label("Password")

    assert field.get_attribute("autocomplete") == "current-password"
    _matrix(page, "password", screens)
    field.fill("wrong horse")
    field.press("Enter")
    page.page.get_by_text("This password is wrong.").wait_for()
    _matrix(page, "wrong-password", screens)
    field.fill(_PASSWORD)
    field.press("Enter")
    page.page.get_by_role("heading", name="Kettle & Crow").wait_for()
    page.wait()


@pytest.mark.thorough
def test_a_link_that_is_over_opens_nothing(watch: Watch, stack: RunningStack, screens: Path) -> None:
    page = watch(f"{stack.state['api_url']}/share/share_{'a' * 43}")

    assert page.page.get_by_role("heading", level=1).inner_text() == "This link opens nothing"
    _matrix(page, "expired", screens)


@pytest.mark.thorough
def test_a_session_that_has_ended_says_so(watch: Watch, stack: RunningStack) -> None:
    page = watch(f"{stack.state['api_url']}/dashboard#s=e30.0000")

    assert page.page.get_by_role("heading", level=1).inner_text() == "This session has ended"


@pytest.mark.thorough
def test_a_website_without_visits_says_so(watch: Watch, site: Site, screens: Path) -> None:
    page = watch(site.share())

    assert page.texts("[data-metric=visitors]") == ["0"]
    page.page.get_by_text("No visits in this period.").wait_for()
    _matrix(page, "empty", screens)
    page.page.get_by_role("button", name="Look at 12 months").click()
    page.page.get_by_role("button", name="Period: Last 12 months").wait_for()


@pytest.mark.thorough
def test_one_panel_that_fails_leaves_the_others(watch: Watch, demo_share: Callable[..., str], screens: Path) -> None:
    def answered(answer: dict[str, Any]) -> dict[str, Any]:
        if answer["data"]["panels"].pop("pages", None):
            answer["data"]["failed"]["pages"] = "tinybird_unavailable"
        return answer

    page = watch(demo_share() + "?period=7d", answered=answered)

    assert page.page.locator("[data-panel=pages]").get_attribute("data-state") == "tinybird_unavailable"
    assert page.page.locator("[data-state=ready]").count() == 7
    _matrix(page, "one-fails", screens)
    page.page.unroute_all()
    page.page.get_by_role("button", name="Retry").click()
    page.page.locator("[data-panel=pages][data-state=ready]").wait_for()


def test_while_tinybird_is_down_a_sentence_and_a_button_are_left(
    watch: Watch, demo_share: Callable[..., str], screens: Path
) -> None:
    page = watch(demo_share() + "?period=7d", answered=lambda _: 503)

    assert page.page.locator(".card").count() == 1
    _matrix(page, "down", screens)
    page.page.unroute_all()
    page.page.get_by_role("button", name="Retry").click()
    page.page.locator("[data-panel=pages][data-state=ready]").wait_for()


def test_hostile_names_stay_text(watch: Watch, stack: RunningStack, screens: Path) -> None:
    def answered(answer: dict[str, Any]) -> dict[str, Any]:
        for view in answer["data"]["panels"].values():
            for row in (*view.get("rows", ()), *view.get("pages", ()), *view.get("steps", ())):
                row["value"] = f"{row['value']}{_HOSTILE}"
        return answer

    site = new_site(stack, _HOSTILE)
    came, signed_up = (to_iso(datetime.now(UTC) - timedelta(minutes=minutes)) for minutes in (3, 2))
    event = {"name": "pageview", "visitor_id": "eve", "path": "/a", "utm_campaign": _HOSTILE, "timestamp": came}
    site.send(event, {"name": "custom", "goal_name": "signup", "visitor_id": "eve", "timestamp": signed_up})
    page = watch(site.share(filters={"utm_campaign": _HOSTILE}) + "?period=7d", answered=answered)

    assert page.page.title() == f"{_HOSTILE} · Dashboard"
    assert page.page.locator("img").count() == 0
    assert page.texts(".chip.locked") == [f"Campaign\n{_HOSTILE}\n(fixed)"]
    assert page.texts("[data-panel=pages] .row-name") == [f"/a{_HOSTILE}"]
    page.page.get_by_role("button", name="Details of Top pages").click()
    assert page.page.locator("dialog tbody td").first.inner_text() == f"/a{_HOSTILE}"
    _matrix(page, "hostile", screens)


@pytest.mark.thorough
def test_the_narrowest_and_the_widest_window_fit(watch: Watch, demo_share: Callable[..., str], screens: Path) -> None:
    page = watch(demo_share() + "?period=7d&f.device=desktop")
    for width in (320, 1920):
        page.page.set_viewport_size({"width": width, "height": 900})
        page.page.evaluate("document.documentElement.style.fontSize = ''")

        page.must_fit()
        assert page.page.evaluate(_CUT_TABLES) == []
        page.keep(screens / f"width-{width}.png")
        page.page.evaluate("document.documentElement.style.fontSize = '200%'")
        page.must_fit()
        page.keep(screens / f"width-{width}-large-text.png", is_whole=False)


@pytest.mark.thorough
def test_numbers_of_few_visitors_are_not_shown(watch: Watch, demo_share: Callable[..., str], screens: Path) -> None:
    fewest = 100

    def answered(answer: dict[str, Any]) -> dict[str, Any]:
        panels = answer["data"]["panels"]
        panels["realtime"] = {**_PRESENT, "now": None, "minutes": [0, None] * 15}
        answer["data"]["failed"].pop("realtime", None)
        return answer

    panels = ["summary", "pages", "goals", "realtime", "revenue", "funnel"]
    link = demo_share(panels=panels, steps=["/", "/pricing", "payment"], min_visitors=fewest)
    page = watch(f"{link}?period=7d", answered=answered)

    assert page.texts(".live b") == [f"<{fewest}"]
    assert page.page.locator(".minute.few").count() == 15
    assert page.texts("[data-panel=funnel] li:last-child b") == [f"<{fewest}"]
    assert "Others" in page.texts("[data-panel=revenue] th")
    _matrix(page, "few", screens)
    page.page.unroute_all()
    page.page.goto(f"{link}?period=7d&f.country=AT")
    page.page.get_by_role("heading", name="Too few visitors to show").wait_for()
    page.page.get_by_role("button", name="Remove the filters").click()
    page.page.locator("[data-panel=pages][data-state=ready]").wait_for()
