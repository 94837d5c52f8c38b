"""Find the parameters of a template: each String(name, default, description=...) in it.

Tinybird's own reader (get_var_names_and_types) drops the description of a parameter in an {% if %} if the block below
uses the parameter too, so the calls are parsed here as Python.
"""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from tinybird.sql_template import type_fns

_CALL = re.compile(rf"\b(?:{'|'.join(sorted(type_fns))})\(")
_TEMPLATE_CODE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_LOOP_VARIABLE = re.compile(r"\{%\s*for\s+(\w+)\s+in\b|\{%\s*set\s+(\w+)\s*=")


class Use(NamedTuple):
    """One call that declares a parameter."""

    name: str
    type: str
    default: str | float | None
    description: str


def uses(template: str) -> Iterator[Use]:
    """Yield each use of a parameter in the template."""
    own = {name for pair in _LOOP_VARIABLE.findall(template) for name in pair}
    for code in _TEMPLATE_CODE.findall(template):
        for found in _CALL.finditer(code):
            use = _use(code[found.start() :])
            if use is not None and use.name not in own:
                yield use._replace(default=None) if _is_guarded(use.name, template) else use


def _is_guarded(name: str, template: str) -> bool:
    """Return whether the template uses the parameter only if it is given, so that a default never applies."""
    return re.search(rf"\{{%\s*(?:el)?if\s+defined\(\s*{name}\s*\)", template) is not None


def _use(text: str) -> Use | None:
    """Return the call that the text starts with, or None if its first argument is a value and not a parameter."""
    call = _first_call(text)
    if call is None or not isinstance(call.func, ast.Name) or not call.args or not isinstance(call.args[0], ast.Name):
        return None
    default = call.args[1].value if len(call.args) > 1 and isinstance(call.args[1], ast.Constant) else None
    said = {keyword.arg: keyword.value.value for keyword in call.keywords if isinstance(keyword.value, ast.Constant)}
    default = default if isinstance(default, str | int | float) else None
    return Use(call.args[0].id, call.func.id, default, " ".join(str(said.get("description", "")).split()))


def _first_call(text: str) -> ast.Call | None:
    for end in (found.end() for found in re.finditer(r"\)", text)):
        try:
            parsed = ast.parse(text[:end], mode="eval").body
        except SyntaxError:  # the closing parenthesis of an inner call
            continue
        return parsed if isinstance(parsed, ast.Call) else None
    return None
