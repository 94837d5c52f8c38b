"""What `sam local start-api` answers, line by line of the table in docs/architecture.md."""

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import urllib3

from local.ports import find_free
from tests import sample_events
from tests.sam_local.conftest import Sam
from tests.stack.running import PROJECT

_START_SECONDS = 180.0
_KEY = json.loads(sample_events.text("authorizer"))["headers"]["Authorization"]
_ME = "/api/v1/me"
_UNAUTHORIZED = (401, {"message": "Unauthorized"})
_DENIED = (403, {"message": "User is not authorized to access this resource"})
_UNKNOWN = (403, {"message": "Missing Authentication Token"})


class Api(NamedTuple):
    url: str

    def call(
        self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> urllib3.BaseHTTPResponse:
        # A container starts with the first request to its function, and on a busy machine that takes a while.
        return urllib3.request(
            method, self.url + path, headers=headers, body=body, timeout=150, retries=False, redirect=False
        )

    def with_key(self, path: str, method: str = "GET", body: bytes | None = None) -> urllib3.BaseHTTPResponse:
        return self.call(path, method, {"Authorization": _KEY, "Content-Type": "application/json"}, body)


@pytest.fixture(scope="module")
def api(sam: Sam, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    port = find_free()
    output = tmp_path_factory.mktemp("start-api") / "terminal.txt"
    command = sam.command("start-api", "--port", str(port), "--warm-containers", "LAZY")
    with output.open("w") as terminal:
        process = subprocess.Popen(command, cwd=PROJECT, env=sam.environment, stdout=terminal, stderr=terminal)
        try:
            _wait_until_up(process, port, output)
            yield Api(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(timeout=90)


def _wait_until_up(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while f":{port}" not in (said := output.read_text()) or "Running on" not in said:
        assert process.poll() is None, said
        assert time.monotonic() < deadline, said
        time.sleep(0.2)


@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        ({}, _UNAUTHORIZED),
        ({"Authorization": "Basic x"}, _DENIED),
        ({"Authorization": f"{_KEY[:-1]}0"}, _DENIED),
    ],
    ids=["none", "another scheme", "an unknown key"],
)
def test_who_brings_no_key_gets_sam_s_own_words(api: Api, headers: dict[str, str], answer: tuple[int, Any]) -> None:
    response = api.call(_ME, headers=headers)

    assert (response.status, response.json()) == answer
    assert "WWW-Authenticate" not in response.headers


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/v1/nowhere"), ("DELETE", _ME)])
def test_no_such_route_is_said_in_sam_s_own_words(api: Api, method: str, path: str) -> None:
    response = api.with_key(path, method)

    assert (response.status, response.json()) == _UNKNOWN


def test_head_is_not_understood(api: Api) -> None:
    assert api.with_key(_ME, "HEAD").status == 502


def test_a_preflight_allows_every_method(api: Api) -> None:
    response = api.call(_ME, "OPTIONS", {"Origin": "https://example.com", "Access-Control-Request-Method": "GET"})

    assert response.status == 200
    assert {"GET", "POST", "PUT", "DELETE"} <= set(response.headers["Access-Control-Allow-Methods"].split(","))


def test_a_slash_at_the_end_changes_nothing(api: Api) -> None:
    assert api.with_key(f"{_ME}/").status == 200


def test_an_answer_of_a_function_comes_through(api: Api) -> None:
    response = api.with_key(_ME)

    assert response.status == 200
    assert response.json()["data"]["workspace_id"] == "ws_demo"
    assert response.headers["X-RateLimit-Limit"] == "60"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json()["meta"]["request_id"].startswith("req_")
    assert response.headers["Access-Control-Max-Age"] == "86400"


def test_an_open_route_needs_no_key(api: Api) -> None:
    response = api.call("/api/v1/health")

    assert (response.status, response.json()["data"]["status"]) == (200, "ok")


def test_an_event_is_taken(api: Api) -> None:
    event = {"website_id": "admx_demo", "name": "custom", "goal_name": "signup", "visitor_id": "v_1"}

    response = api.with_key("/api/v1/pixel/events", "POST", json.dumps(event).encode())

    assert (response.status, response.json()["data"]["status"]) == (202, "accepted")


def test_a_report_is_read(api: Api) -> None:
    response = api.with_key("/api/v1/pixel/query/p_top_pages?website_id=admx_demo&limit=5")

    assert response.status == 200
    assert len(response.json()["data"]["data"]) == 5
