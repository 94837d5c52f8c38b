"""The files of the page, each under a name that contains a hash of its content, so that caches may keep it forever.

The files stand in `web/` as they are written. Modules are merged, and served only if the page begins with them or loads
them later. Where one names another, as in `import("./world.js")`, the name with the hash is put in its place, so a
file's hash changes with those of the files that it names.
"""

import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from pixel.dashboard.bundle import bundled
from pixel.foundation.errors import ApiError, ErrorCode, LoggableError
from pixel.http.response import Document, Response

PAGE_FILE = "index.html"
ENTRY = "app.js"
FOLDER = Path(__file__).with_name("web")

_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_HASH_CHARACTERS = 12
_SPECIFIER = re.compile(r"""(["'])(\.{1,2}/[\w./-]+)\1""", re.ASCII)


class Asset(NamedTuple):
    """A file as it is served."""

    name: str
    media_type: str
    text: str


class AssetError(LoggableError):
    """The files of the page do not fit together."""


@cache
def page_assets() -> Mapping[str, Asset]:
    """Return the assets by their names in the folder, such as `vendor/uplot.js`."""
    return load(FOLDER)


@cache
def served_assets() -> Mapping[str, Asset]:
    """Return the assets by the names under which they are served."""
    return {asset.name: asset for asset in page_assets().values()}


def asset_response(name: str) -> Response:
    """Return the asset that is served under a name."""
    asset = served_assets().get(name)
    if asset is None:
        raise ApiError(ErrorCode.NOT_FOUND)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Robots-Tag": "noindex"}
    return Response(Document(asset.media_type, asset.text), headers=headers)


def load(folder: Path) -> dict[str, Asset]:
    """Return the assets of a folder by their names in it. Files of another type, such as licences, are left out."""
    written = {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.suffix in _MEDIA_TYPES
    }
    modules = {name: text for name, text in written.items() if name.endswith(".js")}
    if ENTRY in modules:
        written = {name: written[name] for name in written.keys() - modules.keys()} | bundled(ENTRY, modules)
    loaded: dict[str, Asset] = {}
    for name in sorted(written):
        _load(name, written, loaded, ())
    if len({asset.name for asset in loaded.values()}) < len(loaded):
        raise AssetError("two files of the page have the same name and content")
    return loaded


def _load(name: str, written: Mapping[str, str], loaded: dict[str, Asset], importers: tuple[str, ...]) -> Asset:
    """Load a file after those that it names."""
    if name in loaded:
        return loaded[name]
    if name in importers:
        raise AssetError(f"{name} imports itself, through {' and '.join(importers[importers.index(name) + 1 :])}")

    def replaced(match: re.Match[str]) -> str:
        quote, specifier = match.groups()
        target = _resolved(name, specifier)
        if target not in written:
            return match[0]  # a text that only looks like a name of a file
        return f"{quote}./{_load(target, written, loaded, (*importers, name)).name}{quote}"

    path = PurePosixPath(name)
    text = _SPECIFIER.sub(replaced, written[name]) if path.suffix == ".js" else written[name]
    digest = sha256(text.encode()).hexdigest()[:_HASH_CHARACTERS]
    loaded[name] = Asset(f"{path.stem}.{digest}{path.suffix}", _MEDIA_TYPES[path.suffix], text)
    return loaded[name]


def _resolved(name: str, specifier: str) -> str:
    parts: list[str] = list(PurePosixPath(name).parent.parts)
    for part in specifier.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
