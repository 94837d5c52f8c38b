"""Conditions on items of DynamoDB, and the expressions that say them."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from pixel.aws.attributes import to_item
from pixel.foundation import JsonObject

ABSENT: Final = object()
"""In place of a value: the attribute must not exist or, in a change, is removed."""
PRESENT: Final = object()
"""In place of a value: the attribute must exist, with any value."""


class OneOf(tuple[str, ...]):
    """In place of a value: the attribute must have one of these, of which there are at most 100."""

    __slots__ = ()


class CopyOf(str):
    """In place of a value in a change: what the attribute of this name has had so far. It must exist."""

    __slots__ = ()


Expected = Mapping[str, object]
"""A condition on an item: for each attribute its value, ABSENT, PRESENT, OneOf, AtLeast or AbsentOrBelow."""


class AtLeast(NamedTuple):
    """In place of a value: the attribute, or another one if it is absent, must not be less."""

    lowest: str
    if_absent: str


class AbsentOrBelow(int):
    """In place of a value: the attribute must not exist or be a number below this."""


class Expressions:
    """The expressions of one request, with their common placeholders."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, object] = {}

    def name(self, attribute: str) -> str:
        self._names[f"#{attribute}"] = attribute
        return f"#{attribute}"

    def value(self, placeholder: str, value: object) -> str:
        self._values[f":{placeholder}"] = value
        return f":{placeholder}"

    def new(self, name: str, value: object) -> str:
        return self.name(value) if isinstance(value, CopyOf) else self.value(f"to_{name}", value)

    def condition(self, expected: Expected) -> str:
        return " AND ".join(self._clause(attribute, value) for attribute, value in expected.items())

    def placeholders(self) -> JsonObject:
        values = {"ExpressionAttributeValues": to_item(self._values)} if self._values else {}
        return {**({"ExpressionAttributeNames": self._names} if self._names else {}), **values}

    def _clause(self, attribute: str, value: object) -> str:
        name = self.name(attribute)
        if value is ABSENT:
            return f"attribute_not_exists({name})"
        if value is PRESENT:
            return f"attribute_exists({name})"
        if isinstance(value, AtLeast):
            lowest, other = self.value(f"from_{attribute}", value.lowest), self.name(value.if_absent)
            return f"({name} >= {lowest} OR (attribute_not_exists({name}) AND {other} >= {lowest}))"
        if isinstance(value, AbsentOrBelow):
            return f"(attribute_not_exists({name}) OR {name} < {self.value(f'below_{attribute}', int(value))})"
        if isinstance(value, OneOf):
            values = [self.value(f"is_{attribute}_{place}", one) for place, one in enumerate(value)]
            return f"{name} IN ({', '.join(values)})"
        return f"{name} = {self.value(f'is_{attribute}', value)}"


def conditional(expected: Expected, expressions: Expressions | None = None) -> JsonObject:
    expressions = expressions or Expressions()
    condition = {"ConditionExpression": expressions.condition(expected)} if expected else {}
    return {**condition, **expressions.placeholders()}
