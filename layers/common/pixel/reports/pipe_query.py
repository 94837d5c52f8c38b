"""The query of a pipe that a request describes: validated parameters, and those that the token fixes.

The workspace is that of the API key, and the website must belong to the workspace.
"""

from typing import NamedTuple

from pixel.foundation.ids import ID_CHARACTERS_MAX
from pixel.http.query import QueryParameters
from pixel.http.route import Request
from pixel.reports.window import PARAMETERS, Window, read_window
from pixel.tinybird.catalogue import Parameter, Pipe
from pixel.workspaces.store import require_website

# Callers give `from` and `to` instead of dates, and can never choose the workspace.
_RESERVED = {"workspace_id", "date_from", "date_to"}
_COMMON = {"website_id", *PARAMETERS}
_INTEGER_BITS = {"Int8": 8, "Int16": 16, "Int32": 32}


class PipeQuery(NamedTuple):
    """The parameters for a pipe."""

    fixed: dict[str, str]  # in the token, so that callers cannot change them
    pipe_parameters: dict[str, str]


def caller_parameters(pipe: Pipe) -> set[str]:
    """Return the names of the pipe's parameters that callers may set."""
    return pipe.parameters.keys() - _RESERVED


def read_pipe_query(request: Request, pipe: Pipe, *, with_pipe_parameters: bool) -> PipeQuery:
    """Read a query; `with_pipe_parameters` also allows the pipe's own parameters. Raises ApiError with all errors.

    The website is looked up last, if everything else is valid.
    """
    own_names = caller_parameters(pipe) - _COMMON if with_pipe_parameters else set()
    parameters = QueryParameters(request.query, _COMMON | own_names)
    website_id = parameters.website_id()
    window = read_window(parameters)
    own = {name: _read_own(parameters, pipe.parameters[name]) for name in sorted(own_names)}
    parameters.raise_faults()
    workspace_id = request.caller.workspace_id
    if website_id is not None:
        require_website(workspace_id, website_id)
    return PipeQuery(
        _fixed(pipe, workspace_id, website_id, window), {name: value for name, value in own.items() if value}
    )


def _fixed(pipe: Pipe, workspace_id: str, website_id: str | None, window: Window) -> dict[str, str]:
    """Return the fixed parameters, without dates for the two pipes that show the present and reject dates."""
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
    """Return the trimmed id, or None if it is empty."""
    text = parameters.text("visitor_id", characters_max=ID_CHARACTERS_MAX)
    return text.strip() or None if text is not None else None
