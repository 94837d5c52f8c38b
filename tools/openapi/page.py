"""Write docs/reference/document.js, which docs/api.html shows without a server or a network.

It is a script because a page that is opened as a file may load scripts but not read other files. It has what people
read: the patterns of texts are left out, and the filters that most pipes share are described once.
"""

import json
from typing import Any

from pixel.events.filters import FILTERS
from pixel.reports.pipes_query import FIX
from tools.openapi.schema import Schema

_FILTERS = "Filters"
_OWN_FORMATS = ("day-or-instant",)


def to_script(document: Schema) -> str:
    about = f"{document['info']['description']}\n{_about_filters(document)}"
    shown = {
        **document,
        "info": {**document["info"], "description": about},
        "paths": {path: _methods(document, methods) for path, methods in document["paths"].items()},
    }
    return f"window.pixelApi = {json.dumps(_readable(shown), separators=(',', ':'))};\n"


def _about_filters(document: Schema) -> str:
    """Return the section on the filters, which the page has once instead of at each pipe."""
    described = (document["components"]["parameters"][name] for name in FILTERS)
    rows = (f"| `{one['name']}` | {one['description']}{_values(one['schema'])} |" for one in described)
    return f"""\
# {_FILTERS}

Most pipes take these parameters, each at most once. Together, as in `country=DE&device=mobile`, they narrow the report
to what fits all of them.

| parameter | value |
|---|---|
{"\n".join(rows)}
"""


def _values(schema: Schema) -> str:
    values = [f"`{value}`" for value in schema.get("enum", []) if value]
    return f" One of {', '.join(values)}." if values else ""


def _methods(document: Schema, methods: Schema) -> Schema:
    return {method: _folded(document, operation) for method, operation in methods.items()}


def _folded(document: Schema, operation: Schema) -> Schema:
    """Return the operation with its filters as one parameter, an object whose fields are parameters of the query."""
    parameters = [_parameter(document, entry) for entry in operation.get("parameters", [])]
    for prefix in (FIX, ""):
        names = [f"{prefix}{name}" for name in FILTERS]
        filters = {one["name"]: one for one in parameters if one["name"] in names}
        if filters:
            parameters = [one for one in parameters if one["name"] not in filters]
            parameters.append(_filters(prefix, filters))
    return {**operation, "parameters": parameters} if parameters else operation


def _parameter(document: Schema, entry: Schema) -> Schema:
    """Return a parameter without lower bounds, which the page would miss of fields that are left empty."""
    found: Schema = document["components"]["parameters"][entry["$ref"].split("/")[-1]] if "$ref" in entry else entry
    shown = {name: value for name, value in found["schema"].items() if name not in ("minimum", "minLength")}
    return {**found, "schema": shown}


def _filters(prefix: str, filters: dict[str, Schema]) -> Schema:
    names = ", ".join(f"`{name}`" for name in filters)
    return {
        "name": f"{prefix}{_FILTERS.lower()}",
        "in": "query",
        "style": "form",
        "explode": True,
        "description": f"Parameters of their own, such as `{prefix}country=DE&{prefix}device=mobile`. Any of {names}. "
        f"[{_FILTERS}](#description/{_FILTERS.lower()}) describes them.",
        "schema": {"type": "object"},
    }


def _readable(value: Any) -> Any:
    """Return a part of the document without what only validators read."""
    if isinstance(value, list):
        return [_readable(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    is_schema = isinstance(value.get("type"), str | list)
    left_out = {"pattern"} if is_schema else set()
    if is_schema and value.get("format") in _OWN_FORMATS:
        left_out.add("format")
    if is_schema and "properties" in value:
        left_out.add("anyOf")  # a rule on which fields go together, which the page would show in place of the fields
    return {name: _readable(entry) for name, entry in value.items() if name not in left_out}
