"""What `python -m local` makes of its arguments and of the environment, before anything starts."""

import sys

import pytest

from local.__main__ import main


def _refusal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    monkeypatch.setattr(sys, "argv", ["local", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    return capsys.readouterr().err


def test_a_port_that_is_none_is_said_plainly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for port in ("abc", "99999", "-1", ""):
        told = f"{port!r} is not a port; set PORT to a number up to 65535\n"

        assert _refusal(monkeypatch, capsys, f"--port={port}").endswith(told)
        monkeypatch.setenv("PORT", port)
        assert _refusal(monkeypatch, capsys).endswith(told)
        monkeypatch.delenv("PORT")
