"""The bytes of the page, compressed as the gateway compresses them."""

import gzip

from pixel.dashboard import assets
from pixel.dashboard.bundle import bundled
from pixel.dashboard.page import Door, page

_KB = 1024
_VENDORED = {"vendor/preact-htm.js": 6, "vendor/uplot.js": 23}


def _bytes(text: str) -> int:
    return len(gzip.compress(text.encode(), mtime=0))


def _modules() -> dict[str, str]:
    return {path.relative_to(assets.FOLDER).as_posix(): path.read_text() for path in assets.FOLDER.rglob("*.js")}


def test_the_first_view_stays_within_its_budget() -> None:
    served = assets.page_assets()

    assert served.keys() == {"app.js", "dashboard.css", "dialog.js", "extras.js", "save.js", "world.js"}
    assert len(assets.served_assets()) == len(served)
    assert _bytes(page(Door.SHARE)) <= 4 * _KB
    assert _bytes(served["dashboard.css"].text) <= 8 * _KB
    assert _bytes(page(Door.SHARE)) + sum(_bytes(served[name].text) for name in ("app.js", "dashboard.css")) <= 61 * _KB


def test_each_part_of_the_scripts_stays_within_its_budget() -> None:
    modules = _modules()
    own = bundled("app.js", {name: "" if name in _VENDORED else text for name, text in modules.items()})["app.js"]

    assert {name: _bytes(modules[name]) <= most * _KB for name, most in _VENDORED.items()} == dict.fromkeys(
        _VENDORED, True
    )
    assert _bytes(own) <= 20 * _KB


def test_the_map_stays_within_its_budget() -> None:
    assert _bytes(assets.page_assets()["world.js"].text) <= 10 * _KB
