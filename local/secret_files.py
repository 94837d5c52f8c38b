"""Write files that hold keys and tokens, so that only their owner can read them."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_secret(file: Path, content: Mapping[str, Any]) -> None:
    """Write JSON atomically to a file that only this user can read."""
    write_secret_text(file, json.dumps(content, indent=2))


def write_secret_text(file: Path, content: str) -> None:
    """Write text atomically to a file that only this user can read."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(content)
    draft.replace(file)
