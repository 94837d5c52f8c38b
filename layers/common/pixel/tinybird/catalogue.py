"""The catalogue of pipes, which `make docs` writes from the .pipe files: no function ever parses one."""

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Self

from pixel.foundation.errors import ApiError, ErrorCode

_FILE = Path(__file__).with_name("pipes.json")


class Parameter(NamedTuple):
    name: str
    type: str
    required: bool
    default: str | float | None
    description: str


class Pipe(NamedTuple):
    name: str
    description: str
    parameters: dict[str, Parameter]
    columns: list[dict[str, str]]
    refusals: list[str]  # every sentence with which the pipe refuses a value

    @classmethod
    def of(cls, entry: dict[str, Any]) -> Self:
        parameters = [Parameter(**parameter) for parameter in entry["parameters"]]
        return cls(**{**entry, "parameters": {parameter.name: parameter for parameter in parameters}})

    @property
    def takes_dates(self) -> bool:
        return "date_from" in self.parameters


@cache
def catalogue() -> dict[str, Pipe]:
    return {entry["name"]: Pipe.of(entry) for entry in json.loads(_FILE.read_text())}


def find_pipe(name: str) -> Pipe:
    try:
        return catalogue()[name]
    except KeyError:
        raise ApiError(ErrorCode.INVALID_PIPE, details={"allowed": list(catalogue())}) from None
