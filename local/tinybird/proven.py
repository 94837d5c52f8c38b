"""Projects that passed every check before, so that the next start need not try all of their nodes again.

The trial takes most of a start. It has the same outcome for the same files, code and packages, so a digest of these is
kept once it has passed, as the name of an empty file. A project that fails is tried again at each start.
"""

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

FOLDER = Path(__file__).parents[2] / ".local" / "proven"
_PACKAGES = ("chdb", "chdb-core", "tinybird")  # the engine and the parser
_KEPT_MAX = 100  # of the newest, because each saved change of a watched project is one


def prove_once(
    files: Mapping[str, str], prove: Callable[[], None], folder: Path = FOLDER, packages: tuple[str, ...] = _PACKAGES
) -> None:
    """Call `prove`, which raises if a project is wrong, unless it has passed for the same files before."""
    mark = folder / _digest(files, packages)
    if mark.exists():
        return
    prove()
    # Without the mark, the next start takes longer and nothing else. Another process may be removing old ones.
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        mark.touch()
        for old in sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime)[:-_KEPT_MAX]:
            old.unlink()


def _digest(files: Mapping[str, str], packages: tuple[str, ...]) -> str:
    parts = sorted(_parts(files, packages))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _parts(files: Mapping[str, str], packages: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    for name, text in files.items():
        yield "project", name, text
    for module in Path(__file__).parent.glob("*.py"):
        yield "code", module.name, module.read_text()
    for package in packages:
        yield "package", package, version(package)
