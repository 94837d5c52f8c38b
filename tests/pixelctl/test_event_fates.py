"""`pixelctl events show` prints the fate of an event as the API tells it."""

from collections.abc import Iterator
from typing import Any

import pytest

from pixel.auth.keys import generate
from pixelctl.__main__ import main
from tests.pixelctl.conftest import Outcome
from tests.pixelctl.played_api import PlayedApi, failing
from tests.pixelctl.scripted_server import Reply

_PATH = "/api/v1/pixel/events/a%3Ab"
_FATE = {
    "event_id": "a:b",
    "fate": "dead_lettered",
    "since": "2026-03-04T05:06:07Z",
    "reason": "invalid_body",
    "fields": [{"path": "amount", "code": "missing"}, {"path": "another", "code": "unknown"}],
}
_SHOWN = """event_id  a:b
fate      dead_lettered
since     2026-03-04T05:06:07Z
reason    invalid_body
fields    amount: missing,another: unknown
"""


@pytest.fixture
def api() -> Iterator[PlayedApi]:
    api = PlayedApi()
    yield api
    api.stop()


def _show(api: PlayedApi, capsys: pytest.CaptureFixture[str], *options: str) -> Outcome:
    status = main(["events", "show", "a:b", "--url", api.url, *options])
    return Outcome(status, *capsys.readouterr())


def _answers(api: PlayedApi, data: object, **meta: Any) -> None:
    api.always[_PATH] = lambda: Reply(200, {"data": data, "meta": {"request_id": "req_1", **meta}})


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIXEL_API_KEY", generate())


@pytest.mark.usefixtures("key")
def test_a_fate_is_shown_for_people_and_for_scripts(api: PlayedApi, capsys: pytest.CaptureFixture[str]) -> None:
    _answers(api, _FATE)

    assert _show(api, capsys) == (0, _SHOWN, "")
    assert _show(api, capsys, "--json").json == _FATE


@pytest.mark.usefixtures("key")
def test_it_says_that_the_warehouse_could_not_be_asked(api: PlayedApi, capsys: pytest.CaptureFixture[str]) -> None:
    _answers(api, _FATE, warehouse="unavailable")

    assert _show(api, capsys).out.splitlines()[-1].split() == ["warehouse", "unavailable"]
    assert _show(api, capsys, "--json").json["warehouse"] == "unavailable"


@pytest.mark.usefixtures("key")
def test_an_unknown_event_ends_with_the_api_s_own_sentence(api: PlayedApi, capsys: pytest.CaptureFixture[str]) -> None:
    api.always[_PATH] = lambda: failing(404, "event_not_found")

    outcome = _show(api, capsys)

    assert outcome.status == 1
    assert "HTTP 404 event_not_found (req_1): Do something else." in outcome.err


def test_without_a_key_it_says_which_scope_one_needs(
    api: PlayedApi, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIXEL_API_KEY", raising=False)

    outcome = _show(api, capsys)

    assert outcome.status == 1
    assert "pixel:read" in outcome.err
    assert api.requests == []
