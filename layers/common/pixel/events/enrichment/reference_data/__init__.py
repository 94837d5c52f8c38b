"""The lists of known names beside this module: data, so that adding a bot or a search engine changes no code."""

import json
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


def group_of_each(name: str) -> dict[str, str]:
    """A list maps groups to their entries; this maps every entry to its group."""
    return {entry: group for group, entries in read_list(name).items() for entry in entries}


@cache
def read_list(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text())
    return found
