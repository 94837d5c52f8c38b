"""The stack's output in the terminal and in log files.

Files hold the lines as functions and gateway wrote them; the terminal shows one readable line for each.
"""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import IO, Any

_HIDDEN = {"level", "location", "message", "timestamp", "service", "xray_trace_id"}
_ACCESS_FIELDS = ("method", "route", "status", "response_type", "latency_ms", "workspace_id", "request_id")


class Console:
    def __init__(self, folder: Path, *, quiet: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._quiet = quiet
        self._files: dict[str, IO[str]] = {}

    def say(self, text: str) -> None:
        """Print a message of the stack itself."""
        print(text, flush=True)

    def function_line(self, function: str, line: str) -> None:
        self._keep(function, line)
        if not self._quiet and (readable := _readable(line)):
            self._show(function, readable)

    def access_line(self, line: str) -> None:
        self._keep("access", line)
        fields = _parse(line)
        if not self._quiet and fields:
            shown = " ".join(str(fields[name]) for name in _ACCESS_FIELDS if fields.get(name, "-") != "-")
            self._show("gateway", shown)

    def mute(self) -> None:
        """Write further lines of functions and of the gateway to log files only."""
        self._quiet = True

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def _show(self, source: str, text: str) -> None:
        sys.stdout.write(f"{datetime.now().astimezone():%H:%M:%S} {source:<12} {text}\n")
        sys.stdout.flush()

    def _keep(self, name: str, line: str) -> None:
        if name not in self._files:
            self._files[name] = (self._folder / f"{name}.log").open("a", buffering=1)
        self._files[name].write(f"{line}\n")


def _readable(line: str) -> str:
    if line.startswith("START ") or (line.startswith("REPORT ") and " Status: " not in line):
        return ""
    fields = _parse(line)
    if not fields:
        return line
    if "_aws" in fields:
        return ""  # metrics are only in the file
    rest = " ".join(f"{name}={_short(value)}" for name, value in fields.items() if name not in _HIDDEN)
    return f"{fields.get('level', 'INFO'):<7} {fields.get('message', '')} {rest}"


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _parse(line: str) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
