"""Start the Tinybird stand-in as a process in its own environment, because its packages conflict with ours.

If TINYBIRD_HOST is set, that host is used instead, such as Tinybird Local or a workspace in the cloud.
"""

import asyncio
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from pixel.tinybird.credentials import ADMIN_TOKEN, INGEST_TOKEN

_START_SECONDS = 60.0
_DATA = "tinybird"


class Warehouse(NamedTuple):
    url: str
    workspace_id: str
    admin_token: str
    ingest_token: str
    process: asyncio.subprocess.Process | None

    def state(self) -> dict[str, Any]:
        """Return the entry for stack.json."""
        return {
            "url": self.url,
            "workspace_id": self.workspace_id,
            "admin_token": self.admin_token,
            "ingest_token": self.ingest_token,
        }

    def secrets(self) -> dict[str, str]:
        """Return the tokens by the names under which functions read them from the parameter store."""
        return {ADMIN_TOKEN: self.admin_token, INGEST_TOKEN: self.ingest_token}

    async def ended(self) -> None:
        """Wait until the process has ended; a host that was not started here never ends."""
        if self.process is None:
            await asyncio.Event().wait()
        else:
            await self.process.wait()

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()


def template_parameters(warehouse: Warehouse | None) -> dict[str, str]:
    """Return the template parameters for Tinybird; without a warehouse, an address where nothing answers."""
    if warehouse is None:
        return {"TinybirdUrl": "http://127.0.0.1:1", "TinybirdWorkspaceId": "none"}
    return {"TinybirdUrl": warehouse.url, "TinybirdWorkspaceId": warehouse.workspace_id}


async def start(python: Path, project: Path, folder: Path) -> Warehouse:
    """Start the stand-in with the datafiles of `project`, and with rows, tokens and log in `folder`."""
    if host := os.environ.get("TINYBIRD_HOST"):
        return _remote(host)
    _check(python)
    tokens_file = folder / "tinybird-tokens.json"
    with (folder / "logs" / "tinybird.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(str(python), "-m", "local.tinybird", "--quiet", "--watch", "--project", str(project)),
            *("--data", str(folder / _DATA), "--tokens-file", str(tokens_file)),
            cwd=Path(__file__).parents[2],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    ready = await _first_line(process)
    if not ready:
        reason = (folder / "logs" / "tinybird.log").read_text().strip().rpartition("\n")[2]
        raise WarehouseError(f"the Tinybird stand-in did not start: {reason}")
    tokens = json.loads(tokens_file.read_text())
    return Warehouse(
        url=json.loads(ready)["url"],
        workspace_id=tokens["workspace_id"],
        admin_token=tokens["admin_token"],
        ingest_token=tokens["tokens"]["ingest"]["token"],
        process=process,
    )


async def forward_lines(process: asyncio.subprocess.Process, on_line: Callable[[str], None]) -> None:
    """Forward the stand-in's messages about changed and broken datafiles."""
    if process.stdout is not None:
        while line := await process.stdout.readline():
            on_line(line.decode().rstrip())


def forget_rows(folder: Path) -> None:
    """Delete the rows, tables and credentials of earlier runs."""
    shutil.rmtree(folder / _DATA, ignore_errors=True)


def _check(python: Path) -> None:
    if not python.exists():
        raise WarehouseError(f"{python} does not exist; use `make run`, which sets it up")


async def _first_line(process: asyncio.subprocess.Process) -> bytes:
    if process.stdout is None:
        return b""
    try:
        async with asyncio.timeout(_START_SECONDS):
            return await process.stdout.readline()
    except TimeoutError:
        process.kill()
        return b""


def _remote(host: str) -> Warehouse:
    names = ("TINYBIRD_WORKSPACE_ID", "TINYBIRD_ADMIN_TOKEN", "TINYBIRD_INGEST_TOKEN")
    if missing := [name for name in names if not os.environ.get(name)]:
        raise WarehouseError(f"TINYBIRD_HOST is set, so set {', '.join(missing)} too")
    workspace_id, admin_token, ingest_token = (os.environ[name] for name in names)
    return Warehouse(host.rstrip("/"), workspace_id, admin_token, ingest_token, None)


class WarehouseError(Exception):
    """The warehouse cannot be started; the message says what to do."""
