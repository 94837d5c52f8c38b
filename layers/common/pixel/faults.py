"""What is wrong with single fields of a request, gathered so that a caller learns all of it at once."""

from typing import NamedTuple

from pixel.errors import ApiError, ErrorCode

_NAME_CHARACTERS_SHOWN = 64


class Fault(NamedTuple):
    """`path` names the field, `code` the kind of fault; the message says what to do and never holds the value."""

    path: str
    code: str
    message: str


class Faults:
    def __init__(self) -> None:
        self._found: list[Fault] = []

    def add(self, path: str, code: str, message: str) -> None:
        self._found.append(Fault(path[:_NAME_CHARACTERS_SHOWN], code, message))

    def raise_any(self, error: ErrorCode) -> None:
        if self._found:
            raise ApiError(error, details={"fields": [fault._asdict() for fault in self._found]})
