"""Report changes of the template, which need a restart, in the terminal."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_PAUSE_SECONDS = 1.0
_NESTED = "stacks"

Contents = dict[Path, bytes]


async def report(template: Path, say: Callable[[str], None]) -> None:
    """Watch the template and its nested templates, and say once for each change that a restart applies it."""
    known = _read(template)
    while True:
        await asyncio.sleep(_PAUSE_SECONDS)
        found = _read(template)
        if changed := sorted(file.name for file in known.keys() | found.keys() if known.get(file) != found.get(file)):
            say(f"{', '.join(changed)} changed: press Ctrl-C and run `make run` again to apply it; your data is kept")
        known = found


def _read(template: Path) -> Contents:
    contents = {}
    for file in (template, *(template.parent / _NESTED).glob("*.yaml")):
        with suppress(FileNotFoundError):  # an editor is just replacing the file
            contents[file] = file.read_bytes()
    return contents
