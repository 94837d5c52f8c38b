"""JSON Schema and OpenAPI objects, as plain dicts."""

from typing import Any

Schema = dict[str, Any]


def ref(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def schema(name: str) -> Schema:
    return ref("schemas", name)


def text(description: str = "", **more: Any) -> Schema:
    return _described("string", description, more)


def integer(description: str = "", **more: Any) -> Schema:
    return _described("integer", description, more)


def number(description: str = "", **more: Any) -> Schema:
    return _described("number", description, more)


def moment(description: str = "", **more: Any) -> Schema:
    return text(description, format="date-time", **more)


def one_of(values: list[str], description: str = "") -> Schema:
    return text(description, enum=values)


def array(items: Schema, description: str = "", **more: Any) -> Schema:
    return {**_described("array", description, more), "items": items}


def record(properties: dict[str, Schema], *, optional: tuple[str, ...] = (), description: str = "") -> Schema:
    """Return the schema of an object in an answer, to which later versions may add fields."""
    required = [name for name in properties if name not in optional]
    return {**_described("object", description, {}), "properties": properties, "required": required}


def nullable(given: Schema) -> Schema:
    """Return the schema of what is given, or null."""
    match given:
        case {"type": str(kind), "enum": [*values]}:
            return {**given, "type": [kind, "null"], "enum": [*values, None]}
        case {"type": str(kind)}:
            return {**given, "type": [kind, "null"]}
        case {"type": [*kinds]}:
            return {**given, "type": [*dict.fromkeys([*kinds, "null"])]}
        case {"anyOf": [*kinds]}:
            return {**given, "anyOf": [*kinds, *([] if {"type": "null"} in kinds else [{"type": "null"}])]}
    return {"anyOf": [given, {"type": "null"}]}


def _described(kind: str, description: str, more: dict[str, Any]) -> Schema:
    return {"type": kind, **({"description": description} if description else {}), **more}
