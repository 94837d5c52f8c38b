"""Files of events, and what a run leaves beside them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.pixelctl.conftest import Outcome

Send = Callable[..., Outcome]
Events = list[dict[str, Any]]


def pageviews(count: int, **more: Any) -> Events:
    return [{"website_id": "admx_1", "name": "pageview", "path": f"/{number}", **more} for number in range(count)]


def written(file: Path, *lines: Any) -> Path:
    """Write lines into a file; text is written as it is."""
    file.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return file


def progress_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.progress.json")


def rejects_of(file: Path) -> Events:
    content = file.with_name(f"{file.name}.rejects.ndjson").read_text()
    return [json.loads(line) for line in content.splitlines()]
