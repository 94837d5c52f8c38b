"""Assets are named by their content, and name each other so."""

import re
from pathlib import Path

import pytest

from pixel.dashboard.assets import AssetError, load


def _write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_js", ".js").replace("_css", ".css")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder


def test_names_change_with_what_is_imported(tmp_path: Path) -> None:
    files = {
        "app_js": 'import { a } from "./chart.js";\nconst map = () => import("./vendor/map.js");\nlet s = "./no.js";\n',
        "chart_js": "export const a = 1;\n",
        "vendor__map_js": "export const map = 1;\n",
    }
    first = load(_write(tmp_path, **files))
    second = load(_write(tmp_path, chart_js="export const a = 2;\n"))
    third = load(_write(tmp_path, vendor__map_js="export const map = 2;\n"))

    assert first.keys() == {"app.js", "vendor/map.js"}
    assert {name for name in first if first[name].name != second[name].name} == {"app.js"}
    assert {name for name in first if second[name].name != third[name].name} == {"app.js", "vendor/map.js"}
    assert f'import("./{first["vendor/map.js"].name}")' in first["app.js"].text
    assert '"./no.js"' in first["app.js"].text
    assert all(re.fullmatch(r"[a-z]+\.[0-9a-f]{12}\.js", asset.name) for asset in first.values())


def test_modules_in_a_circle_have_no_names(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"^a\.js imports itself, through b\.js$"):
        load(_write(tmp_path, a_js='import "./b.js"', b_js='import "./a.js"'))


def test_licences_are_no_assets(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text("MIT")
    (tmp_path / "notes.md").write_text("x")

    assert load(_write(tmp_path, a_css="a{}")).keys() == {"a.css"}
