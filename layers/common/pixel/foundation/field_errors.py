"""What is wrong with single fields of a request, gathered so that a caller learns all of it at once."""

from typing import NamedTuple

from pixel.foundation.errors import ApiError, ErrorCode

_NAME_CHARACTERS_SHOWN = 64


class Fault(NamedTuple):
    """`path` names the field, `code` the kind of fault; the message says what to do and never holds the value."""

    path: str
    code: str
    message: str


def error_of(error: ErrorCode, path: str, code: str, message: str) -> ApiError:
    """Where one fault is all there is to say."""
    faults = Faults()
    faults.add(path, code, message)
    return faults.as_error(error)


class Faults:
    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, path: str, code: str, message: str) -> None:
        self.found.append(Fault(path[:_NAME_CHARACTERS_SHOWN], code, message))

    def has(self, path: str) -> bool:
        return any(fault.path == path for fault in self.found)

    def raise_any(self, error: ErrorCode) -> None:
        if self.found:
            raise self.as_error(error)

    def as_error(self, error: ErrorCode) -> ApiError:
        return ApiError(error, details={"fields": [fault._asdict() for fault in self.found]})
