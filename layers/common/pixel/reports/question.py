"""The question that a request asks of a pipe: its parameters, checked against the catalogue, and those that are fixed.

The workspace is that of the API key, and the website has to be one of the workspace.
"""

from typing import NamedTuple

from pixel.foundation.ids import ID_CHARACTERS_MAX
from pixel.http.query import QueryParameters
from pixel.http.route import Request
from pixel.reports.window import PARAMETERS, Window, read_window
from pixel.tinybird.catalogue import Parameter, Pipe
from pixel.workspaces.store import require_website

# Callers write from and to instead of the dates; the tenant is never theirs to choose.
_NOT_FOR_CALLERS = {"workspace_id", "date_from", "date_to"}
_COMMON = {"website_id", *PARAMETERS}
_INTEGER_BITS = {"Int8": 8, "Int16": 16, "Int32": 32}


class Question(NamedTuple):
    """The parameters of a pipe."""

    fixed: dict[str, str]  # by the token, so that no caller can change them
    own: dict[str, str]


def parameters_for_callers(pipe: Pipe) -> set[str]:
    """Return the names of the pipe's parameters that a caller may set."""
    return pipe.parameters.keys() - _NOT_FOR_CALLERS


def read_question(request: Request, pipe: Pipe, *, with_own: bool) -> Question:
    """Read a question; `with_own` allows the pipe's own parameters too. Raises ApiError, which names all faults.

    The website is looked up last, when nothing else is at fault.
    """
    own_names = parameters_for_callers(pipe) - _COMMON if with_own else set()
    parameters = QueryParameters(request.query, _COMMON | own_names)
    website_id = parameters.website_id()
    window = read_window(parameters)
    own = {name: _read_own(parameters, pipe.parameters[name]) for name in sorted(own_names)}
    parameters.raise_faults()
    workspace_id = request.caller.workspace_id
    if website_id is not None:
        require_website(workspace_id, website_id)
    return Question(
        _fixed(pipe, workspace_id, website_id, window), {name: value for name, value in own.items() if value}
    )


def _fixed(pipe: Pipe, workspace_id: str, website_id: str | None, window: Window) -> dict[str, str]:
    """Return the fixed parameters, without dates for the two pipes that report on the present and refuse them."""
    dates = window._asdict() if pipe.takes_dates else {"timezone": window.timezone}
    fixed = {"workspace_id": workspace_id, "website_id": website_id, **dates}
    return {name: value for name, value in fixed.items() if value is not None}


def _read_own(parameters: QueryParameters, parameter: Parameter) -> str | None:
    name = parameter.name
    if bits := _INTEGER_BITS.get(parameter.type):
        number = parameters.integer(name, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        return None if number is None else str(number)
    text = _read_visitor(parameters) if name == "visitor_id" else parameters.text(name)
    if text is None and parameter.required and not parameters.faults.has(name):
        parameters.faults.add(name, "missing", f"`{name}` is required: {parameter.description.partition(';')[0]}.")
    return text


def _read_visitor(parameters: QueryParameters) -> str | None:
    """Return the trimmed id, as in a path, or None where nothing is left of it."""
    text = parameters.text("visitor_id", characters_max=ID_CHARACTERS_MAX)
    return text.strip() or None if text is not None else None
