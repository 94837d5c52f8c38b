"""`pixelctl events send` on a server that plays the API, without waiting."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pixel.keys import generate
from pixelctl import event_sending
from pixelctl.__main__ import main
from tests.unit.pixelctl.batch_api import BatchApi
from tests.unit.pixelctl.conftest import Outcome

Send = Callable[..., Outcome]
Events = list[dict[str, Any]]


@pytest.fixture
def api() -> Iterator[BatchApi]:
    api = BatchApi()
    yield api
    api.stop()


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that the command wanted to wait."""
    seconds: list[float] = []
    monkeypatch.setattr(event_sending, "sleep", seconds.append)
    return seconds


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    key = generate()
    monkeypatch.setenv("PIXEL_API_KEY", key)
    return key


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.ndjson"


@pytest.fixture
def send(api: BatchApi, file: Path, key: str, waited: list[float], capsys: pytest.CaptureFixture[str]) -> Send:
    def send_file(*options: str, path: Path = file) -> Outcome:
        capsys.readouterr()
        try:
            status = main(["events", "send", "--file", str(path), "--url", api.url, "--json", *options])
        except SystemExit as stop:
            status = int(stop.code or 0)
        return Outcome(status, *capsys.readouterr())

    return send_file


def pageviews(count: int, **more: Any) -> Events:
    return [{"website_id": "admx_1", "name": "pageview", "path": f"/{number}", **more} for number in range(count)]


def written(file: Path, *lines: Any) -> Path:
    """Text stands as it is."""
    file.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return file


def progress_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.progress.json")


def rejects_of(file: Path) -> Events:
    content = file.with_name(f"{file.name}.rejects.ndjson").read_text()
    return [json.loads(line) for line in content.splitlines()]
