"""The embedded stack as a user starts it: its own processes, its own folder, a free port."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode

import urllib3
import yaml

from pixelctl.target import Target
from tests import openapi

PROJECT = Path(__file__).resolve().parents[2]
WITHOUT_SOURCES = [f"--parameter=Enable{source}=false" for source in ("Queue", "Bus", "Topic", "Stream", "Files")]
START_SECONDS_MAX = 60.0  # on a machine with other work; test_restart.py says what a start may cost


class Response(NamedTuple):
    status: int
    headers: urllib3.HTTPHeaderDict
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


class RunningStack:
    def __init__(self, folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.output = folder / "terminal.txt"
        folder.mkdir(parents=True, exist_ok=True)
        self._terminal = self.output.open("w")
        self._http = urllib3.PoolManager(maxsize=32, retries=False, timeout=60)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local", "--port", "0", "--no-history", "--folder", str(folder), *arguments],
            cwd=PROJECT,
            env={**os.environ, **(environment or {})},
            stdout=self._terminal,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.state: dict[str, Any] = {}

    def __enter__(self) -> Self:
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self._is_up():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"the stack did not start:\n{self.output.read_text()}")
            time.sleep(0.05)
        return self

    def _is_up(self) -> bool:
        """Read the state, unless it is still that of a stack that was killed."""
        try:
            state = json.loads((self.folder / "stack.json").read_text())
        except FileNotFoundError:
            return False
        if state["pids"]["stack"] == self.process.pid:
            self.state = state
        return bool(self.state)

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> int:
        """Press Ctrl-C, as in a terminal."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=20)
        finally:
            self.process.kill()
            self._terminal.close()
            self._http.clear()

    def append(self, datasource: str, gzipped: bytes) -> None:
        """Append rows to a datasource, past the API."""
        answer = urllib3.request(
            "POST",
            f"{self.state['tinybird_url']}/v0/events?{urlencode({'name': datasource, 'wait': 'true'})}",
            body=gzipped,
            headers={"Authorization": f"Bearer {self.state['tinybird']['ingest_token']}", "Content-Encoding": "gzip"},
        )
        assert answer.json()["quarantined_rows"] == 0

    def call(
        self,
        path: str,
        *,
        method: str = "GET",
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Response:
        sent = dict(headers or {})
        if key is not None:
            sent["Authorization"] = f"Bearer {key}"
        response = self._http.request(
            method, self.state["api_url"] + path, headers=sent, body=body, redirect=False, decode_content=False
        )
        answer = Response(response.status, response.headers, response.data)
        _hold_against_document(method, path, answer)
        return answer

    @cached_property
    def target(self) -> Target:
        """Return the stack as pixelctl sees it, made once: clients of AWS take long to make."""
        return Target.local(self.folder / "stack.json")

    def log(self, name: str) -> str:
        file = self.folder / "logs" / f"{name}.log"
        return file.read_text() if file.exists() else ""

    def wait_for_log(self, name: str, text: str, seconds: float = 20.0) -> bool:
        """Return whether a log shows a text within this time."""
        deadline = time.monotonic() + seconds
        while text not in self.log(name):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def wait_for_line(self, start: str) -> str:
        """Return the first line of the terminal that starts so."""
        deadline = time.monotonic() + 20
        while True:
            if found := [line for line in self.output.read_text().splitlines() if line.startswith(start)]:
                return found[0]
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.05)

    def started(self, function: str) -> int:
        """Return how many requests a function has received since the stack started."""
        return self.log(function).count("START RequestId")


def _hold_against_document(method: str, path: str, answer: Response) -> None:
    """Compare every answer with the document; compressed answers are decompressed first."""
    route = openapi.route_of(method, path)
    if route is None or "Content-Encoding" in answer.headers:
        return
    media_type = answer.headers.get("Content-Type", "").partition(";")[0]
    readers = {"application/json": lambda: answer.json, "application/yaml": lambda: yaml.safe_load(answer.body)}
    body = readers.get(media_type, answer.body.decode)()
    assert openapi.faults_of_answer(*route, answer.status, media_type, body) == []
    # A function's own headers are among all its answers, and none of the gateway's.
    by_gateway = "X-Content-Type-Options" not in answer.headers
    assert openapi.faults_of_headers(*route, answer.status, answer.headers, by_gateway=by_gateway) == []


def within_one_minute[T](attempt: Callable[[], T]) -> T:
    """Return what the attempt returns; make it again where a minute ended meanwhile, and with it the window of a limit.

    An attempt uses a tenant of its own, so that nothing is left of the one before.
    """
    for _ in range(3):
        minute = int(time.time()) // 60
        result = attempt()
        if int(time.time()) // 60 == minute:
            return result
    raise AssertionError("three attempts took longer than what was left of their minute")
