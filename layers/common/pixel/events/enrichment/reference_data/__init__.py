"""The lists of known names beside this module. They are data, so adding a bot or a search engine changes no code."""

import json
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


def group_of_each(name: str) -> dict[str, str]:
    """Return the group of each entry of a list, which itself has the entries of each group."""
    return {entry: group for group, entries in read_list(name).items() for entry in entries}


@cache
def read_list(name: str) -> dict[str, Any]:
    """Return a list as it is in its file."""
    found: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text())
    return found
