"""The AWS server's process, its state file, and the id that ends its resource names."""

import asyncio
import re
import secrets
import shutil
import string
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from local import ports
from local.aws.state import LOAD, START
from local.template.intrinsics import CreatedStack

_STATE_FILE = "aws.sqlite"
_ID_FILE = "stack-id"
_ID = re.compile(r"[a-z0-9]{12}")
_STOP_SECONDS = 10.0
_ALPHABET = string.ascii_lowercase + string.digits


class AwsServer:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self.endpoint = ""

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Start the process without waiting until it serves."""
        port = ports.find_free()
        self.endpoint = f"http://127.0.0.1:{port}"
        with (self._folder / "logs" / "aws.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "local.aws.server", str(port)),
                *("--state", str(self._folder / _STATE_FILE), "--stack-id", _stack_id(self._folder)),
                cwd=Path(__file__).parents[2],
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def ready(self) -> None:
        await ports.wait_until_open(self.endpoint, "the AWS server did not start; see logs/aws.log")

    async def load_state(self, stacks: Iterable[CreatedStack]) -> None:
        """Restore the contents of the last run into the stores that have just been created."""
        expiry = {
            resolver.resolve({"Ref": name}): table["Properties"]["TimeToLiveSpecification"]["AttributeName"]
            for template, resolver in stacks
            for name, table in template.of_type("AWS::DynamoDB::Table").items()
            if resolver.is_created(name) and "TimeToLiveSpecification" in table["Properties"]
        }
        await self._order(LOAD, expiry)

    async def keep_state(self) -> None:
        """Write changes to the state file from now on; a start that fails before this changes nothing in it."""
        await self._order(START, {})

    async def ended(self) -> None:
        """Wait until the process has ended."""
        if self._process is not None:
            await self._process.wait()

    async def stop(self) -> None:
        """Let the process write its last changes and exit."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _order(self, path: str, content: Mapping[str, Any]) -> None:
        timeout = aiohttp.ClientTimeout(total=300)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(f"{self.endpoint}{path}", json=content) as answer,
        ):
            if answer.status != 200:
                answered = await answer.json()
                raise AwsServerError(answered["message"])


def forget_state(folder: Path) -> None:
    """Delete the state of earlier runs, but keep names, so that tables in another DynamoDB are found and emptied."""
    for file in folder.glob(f"{_STATE_FILE}*"):
        if file.is_dir() and not file.is_symlink():
            shutil.rmtree(file)
        else:
            file.unlink()


def _stack_id(folder: Path) -> str:
    file = folder / _ID_FILE
    if file.exists() and _ID.fullmatch(known := file.read_text().strip()):
        return known
    new = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    file.write_text(f"{new}\n")
    return new


class AwsServerError(Exception):
    """The AWS server cannot go on; the message says what to do."""
