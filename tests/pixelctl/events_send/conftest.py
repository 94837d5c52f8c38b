"""`pixelctl events send` on a server that plays the API, without waiting."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pixel.auth.keys import generate
from pixelctl.__main__ import main
from pixelctl.events import sending
from tests.pixelctl.conftest import Outcome
from tests.pixelctl.events_send.batch_api import BatchApi
from tests.pixelctl.events_send.files import Send


@pytest.fixture
def api() -> Iterator[BatchApi]:
    api = BatchApi()
    yield api
    api.stop()


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record the seconds that the command would have waited."""
    seconds: list[float] = []
    monkeypatch.setattr(sending, "sleep", seconds.append)
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
        status = main(["events", "send", "--file", str(path), "--url", api.url, "--json", *options])
        return Outcome(status, *capsys.readouterr())

    return send_file
