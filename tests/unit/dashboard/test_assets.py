"""Assets are named by their content, and name each other so."""

import gzip
import re
from pathlib import Path

import pytest

from pixel.dashboard.assets import AssetError, load, page_assets, served_assets


def _write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_js", ".js").replace("_css", ".css")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder


def test_names_change_with_what_is_imported(tmp_path: Path) -> None:
    files = {
        "app_js": 'import {a} from "./chart.js";\nconst map = () => import(\'./vendor/map.js\');\nlet s = "./no.js";',
        "chart_js": "import u from './vendor/plot.js';",
        "vendor__plot_js": 'import "../colors.js"; // 1',
        "vendor__map_js": "export {};",
        "colors_js": "export {};",
    }
    first = load(_write(tmp_path, **files))
    second = load(_write(tmp_path, colors_js="export { };"))

    assert {name for name in first if first[name].name != second[name].name} == {
        *("app.js", "chart.js", "colors.js", "vendor/plot.js")
    }
    app = first["app.js"].text
    assert f'from "./{first["chart.js"].name}"' in app
    assert f"import('./{first['vendor/map.js'].name}')" in app
    assert '"./no.js"' in app
    assert first["vendor/plot.js"].text.startswith(f'import "./{first["colors.js"].name}"')
    assert all(re.fullmatch(r"[a-z]+\.[0-9a-f]{12}\.js", asset.name) for asset in first.values())


def test_modules_in_a_circle_have_no_names(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"^a\.js imports itself, through b\.js$"):
        load(_write(tmp_path, a_js='import "./b.js"', b_js='import "./a.js"'))


def test_licences_are_no_assets(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text("MIT")
    (tmp_path / "notes.md").write_text("x")

    assert load(_write(tmp_path, a_css="a{}")).keys() == {"a.css"}


def test_every_asset_of_the_page_is_text_and_small() -> None:
    assert {"dashboard.css", "app.js"} <= page_assets().keys()
    assert len(served_assets()) == len(page_assets())
    for asset in served_assets().values():
        assert len(gzip.compress(asset.text.encode())) < 40_000
