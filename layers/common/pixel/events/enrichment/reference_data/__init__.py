"""Reading of the lists in this folder, so that a bot or a search engine is added without changing code."""

import json
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


def group_of_each(name: str) -> dict[str, str]:
    """Return the group of each entry of a list, whose file contains the entries of each group."""
    return {entry: group for group, entries in read_list(name).items() for entry in entries}


@cache
def read_list(name: str) -> dict[str, Any]:
    """Return the content of a list's file."""
    found: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text())
    return found
