"""Write addresses and keys of the running stack as shell variables, for `source .local/env.sh`."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.secret_files import write_secret_text
from pixel.faces.directory import FACES
from pixel.faces.face import Face

NAME = "env.sh"


def write(folder: Path, state: Mapping[str, Any]) -> None:
    """Write the file that commands of the documents expect to be sourced; without a demo it has no keys."""
    write_secret_text(folder / NAME, "".join(f"export {name}={shlex.quote(value)}\n" for name, value in _values(state)))


def remove(folder: Path) -> None:
    """Remove the file, whose address nothing answers any more."""
    (folder / NAME).unlink(missing_ok=True)


def _values(state: Mapping[str, Any]) -> list[tuple[str, str]]:
    address = [("API", str(state["api_url"]))]
    if "keys" not in state:
        return address
    keys = state["keys"]
    of_faces = [(key_variable(face), keys[face.name]) for face in FACES if face.name in keys]
    return [*address, ("PIXEL_KEY", keys["all"]), ("MAKER_KEY", keys["keys"]), *of_faces]


def key_variable(face: Face) -> str:
    """Return the name of the variable that has the demo's key of a face."""
    return f"{face.name.upper()}_KEY"
