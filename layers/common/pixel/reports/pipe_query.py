"""The query of a pipe that a request describes, with the pipe's own parameters."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from pixel.events.filters import EXTERNAL_ID, read_parameter
from pixel.http.query import QueryParameters
from pixel.http.route import Request
from pixel.reports.fixed_query import COMMON, fixed_parameters, read_website_id
from pixel.reports.window import read_window
from pixel.tinybird.catalogue import Parameter, Pipe
from pixel.workspaces.website_lookup import require_website

# Callers give `from` and `to` instead of dates, and can never choose the workspace.
_RESERVED = {"workspace_id", "date_from", "date_to"}
_VISITOR_ID = "visitor_id"
_HASH = "external_id_hash"
_NAMES = {_HASH: EXTERNAL_ID}  # for callers


class PipeQuery(NamedTuple):
    """The parameters for a pipe."""

    fixed: dict[str, str]  # in the token, so that callers cannot change them
    pipe_parameters: dict[str, str]
    options: dict[str, str | None]


def caller_parameters(pipe: Pipe) -> set[str]:
    """Return the names of the pipe's parameters that callers may set."""
    return {_NAMES.get(name, name) for name in pipe.parameters.keys() - _RESERVED}


def read_pipe_query(request: Request, pipe: Pipe, *, options: Mapping[str, Collection[str]] | None = None) -> PipeQuery:
    """Read a query with the pipe's own parameters. Raises ApiError with all errors.

    `options` are the route's own parameters, with the values of each. The website is looked up last, if everything else
    is valid.
    """
    own = [parameter for name, parameter in sorted(pipe.parameters.items()) if name not in _RESERVED | COMMON]
    options = options or {}
    known = {*COMMON, *options, *(_NAMES.get(one.name, one.name) for one in own)}
    parameters = QueryParameters(request.query, known)
    website_id = read_website_id(parameters, request.caller)
    window = read_window(parameters)
    values = {one.name: read_parameter(parameters, one) for one in own}
    chosen = {name: parameters.choice(name, of_name) for name, of_name in options.items()}
    _add_missing(parameters, own, values)
    parameters.raise_faults()
    if website_id is not None:
        require_website(request.caller, website_id)
    return PipeQuery(
        fixed_parameters(pipe, request.caller.workspace_id, website_id, window),
        {name: value for name, value in values.items() if value},
        chosen,
    )


def _add_missing(parameters: QueryParameters, own: list[Parameter], values: dict[str, str | None]) -> None:
    """Add the errors of required parameters that are missing, and of a visitor that is named twice or not at all."""
    faults = parameters.faults
    for one in own:
        if one.required and values[one.name] is None and not faults.has(one.name):
            faults.add(one.name, "missing", f"`{one.name}` is required: {one.description.partition(';')[0]}.")
    if _HASH not in values or faults.has(_VISITOR_ID) or faults.has(EXTERNAL_ID):
        return
    if values[_VISITOR_ID] and values[_HASH]:
        faults.add(EXTERNAL_ID, "invalid", f"`{EXTERNAL_ID}` names a visitor instead of `{_VISITOR_ID}`; give one.")
    elif not values[_VISITOR_ID] and not values[_HASH]:
        faults.add(_VISITOR_ID, "missing", f"`{_VISITOR_ID}` is required, or `{EXTERNAL_ID}` instead.")
