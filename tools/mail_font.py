"""Cut the font of pictures in mail down to the Latin letters, signs and digits that charts write.

Names in other scripts stand in the HTML of a mail and never in its picture. The font's licence stands beside it.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parent.parent
_FOLDER: Final = _ROOT / "layers" / "common" / "pixel" / "mail" / "fonts"
_RANGES: Final = "U+0020-007E,U+00A0-017F,U+2010-2015,U+2018-201E,U+2022,U+2026,U+2030,U+20AC,U+2190-2193,U+2212,U+2248"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("font", type=Path, help="DejaVuSans.ttf, as dejavu-fonts 2.37 has it")
    options = parser.parse_args()
    _FOLDER.mkdir(parents=True, exist_ok=True)
    target = _FOLDER / "DejaVuSans-latin.ttf"
    subset = [sys.executable, "-m", "fontTools.subset", str(options.font), f"--unicodes={_RANGES}"]
    layout = ["--layout-features=kern,liga,tnum", "--no-hinting", "--desubroutinize", "--name-IDs=0,1,2,3,4,6,13,14"]
    subprocess.run([*subset, *layout, f"--output-file={target}"], check=True)
    print(f"{target.relative_to(_ROOT)}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
