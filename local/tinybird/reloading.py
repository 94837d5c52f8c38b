"""Reload changed files of the project while it is served, so that the next request uses them.

A project is reloaded as a whole or not at all. While its files are broken, the last working version is served.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from local.tinybird import datafiles, tables
from local.tinybird.workspace import Workspace, open_workspace

_PAUSE_SECONDS = 1.0

Fingerprint = dict[Path, tuple[int, int]]


class Served:
    """The workspace that requests are answered from."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    async def refresh(self) -> None:
        """Bring the workspace up to date with the files."""


class Reloader(Served):
    def __init__(
        self, workspace: Workspace, on_reload: Callable[[Workspace], None], say: Callable[[str], None]
    ) -> None:
        super().__init__(workspace)
        self._folder = workspace.project.folder
        self._on_reload = on_reload
        self._say = say
        self._known = _fingerprint(self._folder)
        self._turn = asyncio.Lock()

    async def refresh(self) -> None:
        if _fingerprint(self._folder) == self._known:
            return
        async with self._turn:
            found = _fingerprint(self._folder)
            changed = sorted(
                file.name for file in self._known.keys() | found if self._known.get(file) != found.get(file)
            )
            if not changed:
                return  # another request has just reloaded it
            self._known = found
            try:
                self.workspace = await self.workspace.storage.write(_reopen, self.workspace)
                self._on_reload(self.workspace)
            except Exception as failure:  # noqa: BLE001 - keep serving the last version, whatever is wrong with a file
                reason = " ".join(str(failure).split())
                self._say(f"Tinybird project not reloaded, the last working version still serves: {reason}")
            else:
                self._say(f"Tinybird project reloaded: {', '.join(changed)} changed")

    async def watch(self) -> None:
        """Check for changes without requests too, so that a mistake is reported when the file is saved."""
        while True:
            await asyncio.sleep(_PAUSE_SECONDS)
            await self.refresh()


def _reopen(workspace: Workspace) -> Workspace:
    """Reopen the workspace with the project's present files; must run as a write."""
    project = datafiles.load(workspace.project.folder)
    try:
        opened = open_workspace(project, workspace.storage, workspace.credentials, workspace.limits)
    except Exception:
        tables.create_views(workspace.project, workspace.storage)
        raise
    return replace(opened, rate_limiter=workspace.rate_limiter, faults=workspace.faults, jobs=workspace.jobs)


def _fingerprint(folder: Path) -> Fingerprint:
    found = {}
    for file in folder.rglob("*.*"):
        if file.suffix in datafiles.SUFFIXES:
            try:
                status = file.stat()
            except FileNotFoundError:
                continue  # an editor is just replacing the file
            found[file] = (status.st_mtime_ns, status.st_size)
    return found
