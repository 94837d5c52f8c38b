"""Write what the dashboard takes from npm packages, or with `--check` compare it with them.

`make vendor` runs it, with npm. Versions and sums stand in `layers/common/pixel/dashboard/web/vendor/README.md`.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.world_map import world_module

REPOSITORY = Path(__file__).resolve().parent.parent
WEB = REPOSITORY / "layers" / "common" / "pixel" / "dashboard" / "web"
AXE = REPOSITORY / "tests" / "browser" / "axe.min.js"
VERSIONS = {
    "htm": "3.1.1",
    "uplot": "1.6.32",
    "world-atlas": "2.0.2",
    "i18n-iso-countries": "7.14.0",
    "axe-core": "4.14.1",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file differs")
    is_check = parser.parse_args().check
    with TemporaryDirectory() as folder:
        files = vendored({name: unpacked(name, version, Path(folder)) for name, version in VERSIONS.items()})
    different = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    for path in different:
        print(f"vendor: {path.relative_to(REPOSITORY)} {'differs' if is_check else 'written'}")
        if not is_check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path])
    if not different:
        print(f"vendor: {len(files)} files are as npm has them")
    return 1 if is_check and different else 0


def unpacked(name: str, version: str, folder: Path) -> Path:
    """Download a package, whose sum npm checks, and return the folder of its files."""
    packing = subprocess.run(
        ["npm", "pack", "--json", f"{name}@{version}", "--pack-destination", str(folder)],
        check=True,
        capture_output=True,
        text=True,
    )
    packed = json.loads(packing.stdout)
    file_name = (packed[0] if isinstance(packed, list) else next(iter(packed.values())))["filename"]
    target = folder / name
    with tarfile.open(folder / file_name) as archive:
        archive.extractall(target, filter="data")
    return target / "package"


def vendored(packages: Mapping[str, Path]) -> dict[Path, str]:
    """Return the texts of all files by where they belong."""
    htm, uplot, atlas = packages["htm"], packages["uplot"], packages["world-atlas"]
    codes = {row[2]: row[0] for row in json.loads((packages["i18n-iso-countries"] / "codes.json").read_text())}
    texts = {
        WEB / "vendor" / "preact-htm.js": _preact_htm((htm / "preact" / "standalone.module.js").read_text()),
        WEB / "vendor" / "uplot.js": _uplot((uplot / "dist" / "uPlot.iife.min.js").read_text()),
        WEB / "vendor" / "LICENSE.htm.txt": (htm / "LICENSE").read_text(),
        WEB / "vendor" / "LICENSE.uplot.txt": (uplot / "LICENSE").read_text(),
        WEB / "vendor" / "LICENSE.world-atlas.txt": (atlas / "LICENSE").read_text(),
        WEB / "world.js": world_module(json.loads((atlas / "countries-110m.json").read_text()), codes),
        AXE: (packages["axe-core"] / "axe.min.js").read_text(),
        AXE.with_name("LICENSE.axe-core.txt"): (packages["axe-core"] / "LICENSE").read_text(),
    }
    readme = WEB / "vendor" / "README.md"
    sums = {
        path.name: hashlib.sha256(text.encode()).hexdigest() for path, text in texts.items() if path.suffix == ".js"
    }
    return {**texts, readme: _readme(sums)}


def _preact_htm(text: str) -> str:
    return f"/*! htm {VERSIONS['htm']} (Apache License 2.0) with Preact 10 (MIT) */\n{text.strip()}\n"


def _uplot(text: str) -> str:
    """Make a module of the script, which is one declaration."""
    if not re.match(r"/\*!.*?\*/\s*var uPlot=function", text):
        raise ValueError("uPlot's script is not one declaration any more; see how it can be made a module")
    return f"{text.strip()}\nexport{{uPlot as uPlot}};\n"


def _readme(sums: Mapping[str, str]) -> str:
    def row(file: str, source: str, licence: str) -> str:
        return f"| `{file}` | {source} | {licence} | `{sums[file.rpartition('/')[2]]}` |"

    rows = (
        row("preact-htm.js", f"`htm` {VERSIONS['htm']}, `preact/standalone.module.js`", "Apache 2.0; Preact in it MIT"),
        row("uplot.js", f"`uplot` {VERSIONS['uplot']}, `dist/uPlot.iife.min.js` with one line of export", "MIT"),
        row(
            "../world.js",
            f"`world-atlas` {VERSIONS['world-atlas']}, `countries-110m.json`, drawn by `tools/world_map.py`",
            "ISC; Natural Earth's data is in the public domain",
        ),
        row("axe.min.js", f"`axe-core` {VERSIONS['axe-core']}, in `tests/browser` for tests alone", "MPL 2.0"),
    )
    table = "\n".join(("| file | npm package | licence | SHA-256 |", "|---|---|---|---|", *rows))
    return f"""# What the dashboard takes from others

{table}

The few rules of uPlot's style sheet stand in `../dashboard.css`. Codes of countries come from `i18n-iso-countries`
{VERSIONS["i18n-iso-countries"]} (MIT), and reach the map alone.

`make vendor` compares these files with npm's. To take a newer one, change its version in `tools/dashboard_vendor.py`,
run `python -m tools.dashboard_vendor`, and look at the page.
"""


if __name__ == "__main__":
    sys.exit(main())
