"""What the document says of one route."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from pixel.foundation.errors import ErrorDefinition
from tools.openapi.schema import Schema


class Operation(NamedTuple):
    """A route as the document describes it."""

    tag: str
    description: str
    answer: Schema  # content of the response, by media type
    status: int = 200
    other_statuses: tuple[int, ...] = ()  # of a success, with the same answer
    other_pages: Mapping[int, str] = MappingProxyType({})  # failures that are answered like a success, with a reason
    parameters: tuple[Schema, ...] = ()
    body: Schema | None = None
    codes: tuple[ErrorDefinition, ...] = ()  # beside those that any route may answer
    headers: tuple[str, ...] = ()  # of a success, beside those that any route may have
    is_for_viewers: bool = False  # needs the session of a dashboard
