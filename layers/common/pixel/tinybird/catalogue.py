"""The catalogue of pipes, which `make docs` writes from the .pipe files."""

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Self

from pixel.foundation.errors import ApiError, ErrorCode

_FILE = Path(__file__).with_name("pipes.json")


class Parameter(NamedTuple):
    """A parameter of a pipe."""

    name: str
    type: str
    required: bool
    default: str | float | None
    description: str
    lowest: int | None = None  # of a whole number
    highest: int | None = None
    values: tuple[str, ...] = ()  # all that the pipe takes, or none if it takes others too


class Pipe(NamedTuple):
    """A pipe, with its parameters and columns."""

    name: str
    description: str
    parameters: dict[str, Parameter]
    columns: list[dict[str, str]]
    fixed: dict[str, str]  # what a token fixes beside the workspace
    refusals: list[str]  # all messages with which the pipe rejects a value

    @classmethod
    def of(cls, entry: dict[str, Any]) -> Self:
        parameters = [Parameter(**parameter) for parameter in entry["parameters"]]
        return cls(**{**entry, "parameters": {parameter.name: parameter for parameter in parameters}})

    @property
    def takes_dates(self) -> bool:
        return "date_from" in self.parameters


@cache
def catalogue() -> dict[str, Pipe]:
    """Return all pipes by name."""
    return {entry["name"]: Pipe.of(entry) for entry in json.loads(_FILE.read_text())}


def find_pipe(name: str) -> Pipe:
    """Return a pipe. Raises ApiError if there is none of this name."""
    try:
        return catalogue()[name]
    except KeyError:
        raise ApiError(ErrorCode.INVALID_PIPE, details={"allowed": list(catalogue())}) from None
