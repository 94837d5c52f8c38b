"""Errors that stop a start, and errors that answer a request."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

DOCUMENTATION = "https://www.tinybird.co/docs"


class ProjectError(Exception):
    """A file that Tinybird would not deploy, or that would fail there at the first request."""

    def __init__(self, file: Path, line: int | None, reason: str) -> None:
        super().__init__(f"{file}{f':{line}' if line else ''}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason


class StartError(Exception):
    """Anything else that stops a start; the message says what to do."""


class ApiError(Exception):
    """An error response in Tinybird's format: `{"error": ..., "documentation"?: ...}`."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        documentation: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.body = dict(body) if body is not None else {"error": message}
        if documentation is not None:
            self.body["documentation"] = DOCUMENTATION + documentation
