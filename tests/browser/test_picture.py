"""The picture of the README: `make picture` copies the one that this test makes to docs/images."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.browser.watched import Look, Watched

_LOOK = Look(1280, 900, "light")
_BYTES_MAX = 300_000


def test_the_demo_makes_a_picture(watch: Callable[..., Watched], demo_share: Callable[..., str], screens: Path) -> None:
    today = datetime.now(UTC).date()
    days = f"from={today - timedelta(days=7)}&to={today - timedelta(days=1)}"
    board = watch(f"{demo_share()}?period=custom&{days}", look=_LOOK)
    board.see_map()
    chart = board.page.locator(".u-over").bounding_box()
    places = board.page.locator("[data-panel=places]").bounding_box()
    assert chart
    assert places
    board.page.set_viewport_size({"width": _LOOK.width, "height": int(places["y"] + places["height"]) + 8})
    board.page.mouse.move(chart["x"] + chart["width"] * 0.67, chart["y"] + chart["height"] / 2)
    board.page.locator(".read-out-box").wait_for()

    board.picture(screens / "dashboard.png", is_whole=False)

    assert (screens / "dashboard.png").stat().st_size < _BYTES_MAX
