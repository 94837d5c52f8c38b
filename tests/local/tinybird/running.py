"""The stand-in as the stack starts it: its own process and environment, a free port on loopback."""

import base64
import hashlib
import hmac
import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode
from uuid import uuid4

import urllib3

REPOSITORY = Path(__file__).resolve().parents[3]
PROJECT = Path(__file__).parent / "project"
PYTHON = os.environ.get("PIXEL_TINYBIRD_PYTHON", str(REPOSITORY / ".venv-tinybird" / "bin" / "python"))
START_SECONDS_MAX = 60.0


class Response(NamedTuple):
    status: int
    headers: urllib3.HTTPHeaderDict
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        return str(self.json["error"])


class StandIn:
    def __init__(
        self, folder: Path, *arguments: str, project: Path = PROJECT, environment: Mapping[str, str] = {}
    ) -> None:
        self._tokens_file = folder / "tokens.json"
        self.output = folder / "terminal.txt"
        self._terminal = self.output.open("a")
        self._http = urllib3.PoolManager(maxsize=16, retries=False, timeout=30)
        command = [PYTHON, "-m", "local.tinybird", "--project", str(project), "--tokens-file", str(self._tokens_file)]
        self.process = subprocess.Popen(
            [*command, *arguments],
            cwd=REPOSITORY,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._terminal,
            text=True,
            start_new_session=True,
        )
        self.url = ""
        self.tokens: dict[str, Any] = {}

    def __enter__(self) -> Self:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.stop()
            raise AssertionError(f"the stand-in did not start:\n{self.output.read_text()}")
        self.url = json.loads(line)["url"]
        self.tokens = json.loads(self._tokens_file.read_text())
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> int:
        """Close the standard input, as the stack does when it stops or is killed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            return self.process.wait(timeout=20)
        finally:
            self.process.kill()
            self.process.stdout.close()
            self._terminal.close()
            self._http.clear()

    @property
    def admin_token(self) -> str:
        return str(self.tokens["admin_token"])

    def token(self, name: str) -> str:
        return str(self.tokens["tokens"][name]["token"])

    def call(
        self,
        method: str,
        path: str,
        arguments: Mapping[str, object] | Sequence[tuple[str, object]] = {},
        *,
        token: str | None = "admin",
        headers: Mapping[str, str] = {},
        body: bytes | None = None,
        timeout_seconds: float = 30,
    ) -> Response:
        sent = dict(headers)
        if token is not None:
            sent["Authorization"] = f"Bearer {self.admin_token if token == 'admin' else token}"
        url = f"{self.url}{path}{'?' + urlencode(arguments) if arguments else ''}"
        answer = self._http.request(method, url, headers=sent, body=body, timeout=timeout_seconds)
        return Response(answer.status, answer.headers, answer.data)

    def append(self, *events: Mapping[str, Any], datasource: str = "visits", **arguments: object) -> Response:
        body = "\n".join(json.dumps(event) for event in events).encode()
        return self.call("POST", "/v0/events", {"name": datasource, **arguments}, body=body)

    def pipe(self, name: str, token: str | None = "admin", **arguments: str | int) -> Response:
        return self.call("GET", f"/v0/pipes/{name}.json", arguments, token=token)

    def sql(self, query: str) -> list[dict[str, Any]]:
        answer = self.call("GET", "/_sql", {"q": query})
        assert answer.status == 200, answer.body
        return list(answer.json["data"])

    def rows(self, workspace_id: str, table: str = "visits") -> list[dict[str, Any]]:
        return self.sql(f"SELECT * FROM {table} WHERE workspace_id = '{workspace_id}' ORDER BY event_id")

    def fault(self, **described: object) -> Response:
        return self.call("POST", "/_faults", token=None, body=json.dumps(described).encode())

    def claims(self, pipe: str, fixed: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
        return {
            "workspace_id": self.tokens["workspace_id"],
            "name": "ws_test.key_test",
            "exp": int(time.time()) + 120,
            "scopes": [{"type": "PIPES:READ", "resource": pipe, "fixed_params": dict(fixed)}],
            **changed,
        }

    def jwt(self, claims: Mapping[str, Any], *, secret: str | None = None) -> str:
        signed = f"{_encode({'alg': 'HS256', 'typ': 'JWT'})}.{_encode(claims)}"
        return f"{signed}.{_sign(signed, secret or self.admin_token)}"


def new_id() -> str:
    """Return the id of a workspace for one test, so that no test sees another's rows."""
    return f"ws_{uuid4().hex}"


def visit(workspace_id: str, **changed: Any) -> dict[str, Any]:
    """Return a valid event with changes; None removes a field."""
    event: dict[str, Any] = {
        "workspace_id": workspace_id,
        "website_id": "site",
        "event_id": uuid4().hex,
        "visitor_id": "visitor",
        "timestamp": "2024-05-01T10:00:00.123Z",
        "page": {"path": "/", "width": 7},
        **changed,
    }
    return {name: value for name, value in event.items() if value is not None}


def copy_project(folder: Path, changes: Mapping[str, str] = {}) -> Path:
    """Copy the sample project, with some files replaced."""
    copied = folder / "project"
    shutil.copytree(PROJECT, copied)
    for name, content in changes.items():
        (copied / name).write_text(content)
    return copied


def _encode(content: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def _sign(signed: str, secret: str) -> str:
    digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
