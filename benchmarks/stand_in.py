"""Run the Tinybird stand-in for a benchmark, as a process in its own environment."""

import json
import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

import urllib3

REPOSITORY = Path(__file__).resolve().parent.parent
PYTHON = os.environ.get("PIXEL_TINYBIRD_PYTHON", str(REPOSITORY / ".venv-tinybird" / "bin" / "python"))
_QUERY_SECONDS_MAX = 120


class Reply(NamedTuple):
    milliseconds: float
    rows_read: int
    rows: list[dict[str, Any]]


class StandIn:
    """A stand-in on a folder that has rows; it exits when its standard input closes."""

    def __init__(self, data: Path) -> None:
        self._tokens_file = data / "tokens.json"
        arguments = {
            "--project": REPOSITORY / "tinybird",
            "--data": data,
            "--tokens-file": self._tokens_file,
            "--query-seconds-max": _QUERY_SECONDS_MAX,
        }
        command = [PYTHON, "-m", "local.tinybird", "--quiet", "--large"]
        command += [str(part) for pair in arguments.items() for part in pair]
        self._process = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._http = urllib3.PoolManager(retries=False, timeout=_QUERY_SECONDS_MAX)
        self._url = ""
        self._token = ""

    def __enter__(self) -> Self:
        line = self._process.stdout.readline() if self._process.stdout else b""
        if not line:
            raise RuntimeError("the stand-in did not start")
        self._url = json.loads(line)["url"]
        self._token = json.loads(self._tokens_file.read_text())["admin_token"]
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(timeout=30)
        self._http.clear()

    def pipe(self, name: str, parameters: Mapping[str, str]) -> Reply:
        return self._ask(f"/v0/pipes/{name}.json", parameters)

    def sql(self, query: str) -> list[dict[str, Any]]:
        return self._ask("/_sql", {"q": query}).rows

    def _ask(self, path: str, fields: Mapping[str, str]) -> Reply:
        started = time.perf_counter()
        answer = self._http.request(
            "GET", f"{self._url}{path}", fields=dict(fields), headers={"Authorization": f"Bearer {self._token}"}
        )
        milliseconds = (time.perf_counter() - started) * 1000
        content = json.loads(answer.data)
        if answer.status != 200:
            raise RuntimeError(f"{path} {dict(fields)}: {answer.status} {content.get('error')}")
        return Reply(milliseconds, content["statistics"]["rows_read"], content["data"])
