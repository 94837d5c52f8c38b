"""pixelctl tick works on the embedded stack alone, at times that it can read."""

import pytest

from tests.pixelctl.conftest import Run


def test_a_deployed_stack_has_a_clock_of_its_own(run: Run) -> None:
    ended = run("tick", "--at", "2026-10-25T01:00:00Z")

    assert ended.status == 2
    assert "embedded stack alone; add --local" in ended.err


@pytest.mark.parametrize("time", ["yesterday", "2026-10-25", "2026-10-25T01:00:00", "9999-99-99T00:00:00Z"])
def test_a_time_needs_a_zone(run: Run, time: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pixelctl.commands.ticks.connect", lambda _call: _Local())

    ended = run("tick", "--at", time)

    assert ended.status == 2
    assert "must be an instant with a time zone" in ended.err


@pytest.mark.parametrize("until", ["2026-10-25T00:59:00Z", "2027-10-25T01:00:00Z"])
def test_minutes_go_ahead_and_are_not_too_many(run: Run, until: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pixelctl.commands.ticks.connect", lambda _call: _Local())

    ended = run("tick", "--at", "2026-10-25T01:00:00Z", "--until", until)

    assert ended.status == 2
    assert "must be after --at, by at most 50,000 minutes" in ended.err


def test_a_stack_that_does_not_answer_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pixelctl.commands.ticks.connect", lambda _call: _Local())

    ended = run("tick")

    assert ended.status == 1
    assert "start it with `make run`" in ended.err


class _Local:
    """An embedded stack that has stopped."""

    is_local = True
    api_address = "http://127.0.0.1:1"
