"""Render a node's SQL with a request's parameters by Tinybird's own template engine."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from tinybird.sql_template import (
    RESERVED_PARAM_NAMES,
    SQLTemplateCustomError,
    _namespace,
    get_template_and_variables,
    get_var_names_and_types_cached,
    render_sql_template,
    type_fns,
)

from local.tinybird.datafiles import Node

# Names that parameters of a request must not redefine inside a template.
_NOT_PARAMETERS = {*type_fns, *_namespace, *RESERVED_PARAM_NAMES}
_TRIAL_VALUES = {
    "Date": "2024-01-01",
    "DateTime": "2024-01-01 00:00:00",
    "DateTime64": "2024-01-01 00:00:00.000",
    "Boolean": "true",
    "String": "trial",
    "JSON": "{}",
}


class Parameter(NamedTuple):
    name: str
    type: str
    default: Any
    is_required: bool
    trial: Any  # a plausible value, for the checks at start
    certainty: int  # how specific the template is about the value


class TemplateError(Exception):
    """A template that does not render with these parameters, with the message of the engine or of error()."""

    def __init__(self, message: str, *, status: int = 400, body: Any = None, documentation: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = body
        self.documentation = documentation


def render(node: Node, values: Mapping[str, Any], *, trial: bool = False) -> str:
    """Render the node's SQL; a `trial` ignores `error()`."""
    if not node.is_template:
        return node.sql
    names = _names(node)
    # The engine modifies its input and accepts any name, so it gets a copy with only the template's own names.
    given = {name: value for name, value in values.items() if name in names}
    try:
        sql, _, _ = render_sql_template(node.sql, given, name=node.name, test_mode=trial)
    except SQLTemplateCustomError as refusal:
        body = refusal.err if isinstance(refusal.err, dict) else {"error": str(refusal.err)}
        raise TemplateError(str(refusal), status=refusal.code, body=body) from refusal
    except Exception as failure:
        # Templates are Python and can raise anything.
        raise TemplateError(str(failure), documentation=getattr(failure, "documentation", None)) from failure
    return str(sql)


@cache
def parameters(node: Node) -> list[Parameter]:
    """Return the uses of parameters in the order of the template; two uses of one may differ."""
    if not node.is_template:
        return []
    template, _, _ = get_template_and_variables(node.sql, node.name)
    mentioned = get_var_names_and_types_cached(template)
    return [_parameter(mention) for mention in mentioned if mention["name"] not in _NOT_PARAMETERS]


@cache
def _names(node: Node) -> frozenset[str]:
    _, variables, _ = get_template_and_variables(node.sql, node.name)
    return frozenset(variable["name"] for variable in variables) - _NOT_PARAMETERS


def _parameter(mention: Mapping[str, Any]) -> Parameter:
    default = mention.get("default")
    suggested = [value for value in (mention.get("example"), *(mention.get("enum") or [])) if value is not None]
    if default is not None:
        trial, certainty = default, 3
    elif suggested:
        trial, certainty = suggested[0], 2
    else:
        name = str(mention["type"]).removeprefix("Array(").removesuffix(")")
        # The engine reports a parameter in a condition as a String, whatever its type elsewhere.
        trial, certainty = _TRIAL_VALUES.get(name, "1"), int(name != "String")
    return Parameter(mention["name"], mention["type"], default, bool(mention.get("required")), trial, certainty)
