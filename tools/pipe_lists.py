"""Write the lists of values that the API accepts into the pipes, because a pipe cannot read a file.

`python -m tools.pipe_lists` writes time zones, those of the tzdata package with links, and the codes of countries and
currencies. A pipe holds such a list as `not in 'A,B,C'.split(',')`.
"""

import argparse
import re
from collections.abc import Iterable
from pathlib import Path

from pixel.events import vocabulary
from pixel.foundation.currencies import currencies
from pixel.foundation.time_zones import time_zones

REPOSITORY = Path(__file__).resolve().parent.parent
_LIST = re.compile(r"(?<=not in ')[\w/,+-]+(?='\.split\()")
PIPES = {
    Path("tinybird/pipes/time_window.pipe"): sorted(time_zones()),
    # No country is no filter.
    Path("tinybird/pipes/filtered_events.pipe"): ["", *sorted(vocabulary.countries().values())],
    Path("tinybird/pipes/chosen_currency.pipe"): sorted(currencies().values()),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.pipe_lists")
    parser.add_argument("--into", type=Path, default=REPOSITORY, help="folder to write the files under")
    into = parser.parse_args().into
    for pipe, values in PIPES.items():
        target = into / pipe
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(with_values((REPOSITORY / pipe).read_text(), values))


def with_values(pipe: str, values: Iterable[str]) -> str:
    """Return the text of a pipe with these values in place of its list."""
    text, replaced = _LIST.subn(",".join(values), pipe)
    if replaced != 1:
        raise ValueError(f"the pipe has {replaced} lists of values, not one")
    return text


if __name__ == "__main__":
    main()
