"""Set up the demo: two workspaces with keys, records and generated traffic, keeping any that exist."""

import json
from pathlib import Path
from typing import Any

from local.demo import events, workspaces
from local.demo.workspaces import Place
from local.secret_files import write_secret
from local.tinybird.warehouse import Warehouse
from pixel.workspaces.errors import AlreadyExistsError
from pixel.workspaces.plans import UsagePlans
from pixel.workspaces.store import Store, meta_key


def set_up(store: Store, plans: UsagePlans, warehouse: Warehouse | None, file: Path, place: Place) -> dict[str, Any]:
    """Create what is missing and return ids and keys; the file keeps them, so that keys in scripts keep working.

    `is_new` says whether the first workspace was created.
    """
    known = _read(file)
    is_new = store.database.get(store.workspace_table, meta_key("ws_demo")) is None
    first = _workspace(store, plans, "demo", known, file, place)
    other = _workspace(store, plans, "other", known.get("other", {}), file, place)
    if warehouse is not None and warehouse.process is not None:
        events.load(warehouse, first["workspace_id"])
    demo = {**first, "other": other}
    write_secret(file, demo)
    return {**demo, "is_new": is_new}


def _workspace(  # noqa: PLR0913, PLR0917 - one of two, and where both are kept
    store: Store, plans: UsagePlans, name: str, known: dict[str, Any], file: Path, place: Place
) -> dict[str, Any]:
    try:
        return workspaces.create(store, plans, name, known, place)._asdict()
    except AlreadyExistsError as failure:
        fields = workspaces.DemoWorkspace._fields
        if not known.keys() >= set(fields):
            sentence = f"{file} does not hold the keys of the demo workspaces, which exist already"
            raise DemoError(f"{sentence}; start from scratch with `make run FRESH=1`") from failure
        return {field: known[field] for field in fields}


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


class DemoError(Exception):
    """The demo cannot be set up; the message says what to do."""
