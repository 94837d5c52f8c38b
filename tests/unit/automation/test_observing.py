"""An alert asks for the windows that it compares, once for websites that look at the same ones."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pixel.automation import alert_values
from pixel.automation.alert_values import Usual, ValuesUnavailableError, read_values
from pixel.automation.formulas import Value
from pixel.automation.judging import AlertSettings, AlertState, Observation
from pixel.automation.observing import filters_of, known_of, learn, observe, windows_needed, with_learnt, zone_of
from pixel.health.outages import Outage
from pixel.tinybird.client import TinybirdResponse, TinybirdUnreachableError
from pixel.tinybird.pipe_calls import PipeCall
from pixel.workspaces.alert_windows import late_windows
from pixel.workspaces.judged import JUDGED

_END = datetime(2026, 3, 2, 12, tzinfo=UTC)
_HOURS = late_windows("1h", "UTC", _END - timedelta(hours=2), _END)


class Pipe:
    """Answers calls of the pipe: the hour that begins at noon minus one has 7 of each website."""

    def __init__(self) -> None:
        self.calls: list[PipeCall] = []
        self.body = b""
        self.status = 200

    def __call__(self, call: PipeCall, _policy: object, *, name: str) -> TinybirdResponse:
        assert name == "ws_1.alerts"
        self.calls.append(call)
        start = int((_END - timedelta(hours=1)).timestamp())
        rows = [
            {"website_id": website, "start": str(start), "value": 7, "number": 7}
            for website in call.fixed["website_ids"].split(",")
        ]
        return TinybirdResponse(self.status, self.body or json.dumps({"data": rows}).encode())


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Pipe:
    found = Pipe()
    monkeypatch.setattr(alert_values, "call_pipe", found)
    return found


def _settings(**changes: Any) -> AlertSettings:
    return AlertSettings.of({"metric": "visitors", "threshold": 5, **changes}, "UTC")


def test_websites_that_look_at_the_same_windows_share_queries_of_a_hundred(pipe: Pipe) -> None:
    asked = {f"admx_{number:03}": _HOURS for number in range(150)} | {"admx_other": _HOURS[1:], "admx_none": []}

    found = read_values("ws_1", asked, "visitors", {"country": "DE"})

    assert [len(call.fixed["website_ids"].split(",")) for call in pipe.calls] == [100, 50, 1]
    assert [call.fixed.get("website_id") for call in pipe.calls] == [None, None, "admx_other"]
    assert all((call.fixed["workspace_id"], call.fixed["country"]) == ("ws_1", "DE") for call in pipe.calls)
    assert pipe.calls[0].parameters["date_from"] == "2026-03-02 10:00:00"
    assert pipe.calls[0].parameters["date_to"] == "2026-03-02 12:00:00"
    assert found["admx_007"] == {_HOURS[0]: Value(0, 0), _HOURS[1]: Value(7, 7)}
    assert found["admx_other"] == {_HOURS[1]: Value(7, 7)}
    assert found["admx_none"] == {}


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"data": 7', b"{}"])
def test_an_answer_that_is_none_is_no_value(pipe: Pipe, body: bytes) -> None:
    pipe.body = body

    with pytest.raises(ValuesUnavailableError):
        read_values("ws_1", {"admx_1": _HOURS}, "visitors", {})


def test_a_warehouse_that_fails_is_no_value(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe.status = 400
    with pytest.raises(ValuesUnavailableError, match="status 400"):
        read_values("ws_1", {"admx_1": _HOURS}, "visitors", {})

    def refuse(*_: object, **__: object) -> TinybirdResponse:
        raise TinybirdUnreachableError("GET: timed out")

    monkeypatch.setattr(alert_values, "call_pipe", refuse)
    with pytest.raises(ValuesUnavailableError, match="timed out"):
        read_values("ws_1", {"admx_1": _HOURS}, "visitors", {})


def test_an_alert_needs_the_windows_that_it_compares() -> None:
    assert windows_needed(_settings(), _HOURS) == _HOURS
    assert len(windows_needed(_settings(kind="change", threshold=0.5), _HOURS)) == 4
    assert len(windows_needed(_settings(kind="anomaly", threshold=3.5), _HOURS)) == 18


def test_a_window_that_cannot_be_known_says_why(pipe: Pipe) -> None:
    values = read_values("ws_1", {"admx_1": _HOURS}, "visitors", {})["admx_1"]
    outage = Outage(_END - timedelta(minutes=9), _END - timedelta(minutes=1))
    nothing = Usual(None, None)

    assert observe(_settings(), _HOURS[1], values, nothing).finding.verdict == "breach"
    assert observe(_settings(), _HOURS[1], values, nothing, outages=[outage]) == Observation.missing(_END, "canary")
    assert observe(_settings(), _HOURS[1], {}, nothing, unknown="failed") == Observation.missing(_END, "failed")
    assert observe(_settings(), _HOURS[0], values, nothing, outages=[outage]).value == 0
    assert pipe.calls


def test_what_is_learnt_at_night_is_kept_on_the_alert(pipe: Pipe) -> None:
    settings = _settings(kind="anomaly", threshold=3.5)

    found = learn("ws_1", "admx_1", settings, {}, _END, [])

    assert len(pipe.calls) == 1
    assert found == Usual(None, _END - timedelta(hours=1))  # its first event was an hour ago
    state = with_learnt(AlertState(), found._replace(sigma=0.25), _END)
    stored = AlertState.of({JUDGED: state.to_item()})
    assert known_of(stored) == Usual(0.25, _END - timedelta(hours=1))
    assert stored.sigma_at == _END


def test_revenue_is_in_the_currency_of_the_website_unless_the_alert_says_another() -> None:
    assert filters_of({"metric": "revenue"}, {"currency": "EUR"}) == {"currency": "EUR"}
    assert filters_of({"metric": "revenue", "filters": {"currency": "CHF"}}, {}) == {"currency": "CHF"}
    assert filters_of({"metric": "visitors", "filters": {"country": "DE"}}, {"currency": "EUR"}) == {"country": "DE"}
    assert (zone_of({}), zone_of({"timezone": "Asia/Tokyo"})) == ("UTC", "Asia/Tokyo")
