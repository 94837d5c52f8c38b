"""Items of DynamoDB, whose attributes carry their types, as plain dictionaries, and back."""

from collections.abc import Mapping
from typing import Any

from pixel.foundation import JsonObject

Item = dict[str, Any]


def to_item(values: Mapping[str, object]) -> JsonObject:
    return {name: to_attribute(value) for name, value in values.items()}


def from_item(item: Mapping[str, Mapping[str, Any]]) -> Item:
    return {name: from_attribute(attribute) for name, attribute in item.items()}


def to_attribute(value: object) -> JsonObject:  # noqa: PLR0911 - one for each type
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int() | float():
            return {"N": str(value)}
        case frozenset():  # of texts
            return {"SS": sorted(value)}
        case list() | tuple():
            return {"L": [to_attribute(entry) for entry in value]}
        case Mapping():
            return {"M": to_item(value)}
        case _:
            raise TypeError(f"no DynamoDB type for {type(value).__name__}")


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    [(kind, value)] = attribute.items()
    match kind:
        case "NULL":
            return None
        case "N":
            return float(value) if "." in value or "E" in value.upper() else int(value)
        case "L":
            return [from_attribute(entry) for entry in value]
        case "M":
            return from_item(value)
        case "SS":
            return frozenset(value)
        case "S" | "BOOL":
            return value
        case _:
            raise TypeError(f"no Python type for DynamoDB's {kind}")
