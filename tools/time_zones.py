"""Write the time zones that the API accepts into time_window.pipe: those of the tzdata package, with links.

`python -m tools.time_zones` writes the pipe's list, because a pipe cannot read a file.
"""

import argparse
import re
from pathlib import Path

import tzdata

REPOSITORY = Path(__file__).resolve().parent.parent
PIPE = Path("tinybird/pipes/time_window.pipe")
_NAMES = Path(tzdata.__file__).with_name("zones")
_LIST = re.compile(r"(?<=\) not in ')[\w/,+-]+(?='\.split\()")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.time_zones")
    parser.add_argument("--into", type=Path, default=REPOSITORY, help="folder to write the file under")
    target = parser.parse_args().into / PIPE
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(with_names((REPOSITORY / PIPE).read_text()))


def with_names(pipe: str) -> str:
    """Return the text of the pipe with the names of tzdata in place of its own."""
    names = ",".join(sorted(_NAMES.read_text().split()))
    text, replaced = _LIST.subn(names, pipe)
    if replaced != 1:
        raise ValueError(f"{PIPE} has {replaced} lists of time zones, not one")
    return text


if __name__ == "__main__":
    main()
