"""Requirement files: names that people write, and pins with hashes that pip-compile makes of them."""

import re
from pathlib import Path
from typing import NamedTuple


class Pin(NamedTuple):
    version: str
    hashes: int


def named_in(path: Path) -> set[str]:
    """Return the packages of an .in file, without extras, versions and included files."""
    lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    return {re.split(r"[\[<>=~! ]", line)[0].lower() for line in lines if line and not line.startswith("-")}


def pins_in(path: Path) -> dict[str, Pin]:
    """Return the entries of a .txt file: a line with a name and the indented lines below it."""
    entries = re.split(r"^(?=\S)", _without_comments(path), flags=re.MULTILINE)
    pins = {}
    for entry in filter(str.strip, entries):
        requirement, *rest = entry.split()
        name, _, version = requirement.partition("==")
        pins[name.lower()] = Pin(version, sum(word.startswith("--hash=sha256:") for word in rest))
    return pins


def _without_comments(path: Path) -> str:
    lines = path.read_text().splitlines(keepends=True)
    return "".join(line for line in lines if not line.lstrip().startswith("#"))
