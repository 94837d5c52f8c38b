"""The query of a pipe that a request describes: validated parameters, and those that the token fixes.

The workspace is that of the API key, and the website must belong to the workspace.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from pixel.auth.caller import Caller
from pixel.events.filters import EXTERNAL_ID, read_parameter
from pixel.http.query import QueryParameters
from pixel.http.route import Request
from pixel.reports.window import PARAMETERS, Window, read_window
from pixel.tinybird.catalogue import Parameter, Pipe
from pixel.workspaces.website_lookup import require_website

# Callers give `from` and `to` instead of dates, and can never choose the workspace.
_RESERVED = {"workspace_id", "date_from", "date_to"}
_COMMON = {"website_id", *PARAMETERS}
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


def read_pipe_query(
    request: Request, pipe: Pipe, *, with_pipe_parameters: bool, options: Mapping[str, Collection[str]] | None = None
) -> PipeQuery:
    """Read a query; `with_pipe_parameters` also allows the pipe's own parameters. Raises ApiError with all errors.

    `options` are the route's own parameters, with the values of each. The website is looked up last, if everything else
    is valid.
    """
    own = [parameter for name, parameter in sorted(pipe.parameters.items()) if name not in _RESERVED | _COMMON]
    own = own if with_pipe_parameters else []
    options = options or {}
    known = {*_COMMON, *options, *(_NAMES.get(one.name, one.name) for one in own)}
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


def read_website_id(parameters: QueryParameters, caller: Caller) -> str | None:
    """Read the website, which a key that is bound to websites must name."""
    website_id = parameters.website_id()
    if caller.website_ids is not None and website_id is None and not parameters.faults.has("website_id"):
        sentence = "`website_id` is required, because the key is bound to websites."
        parameters.faults.add("website_id", "missing", sentence)
    return website_id


def fixed_parameters(pipe: Pipe, workspace_id: str, website_id: str | None, window: Window) -> dict[str, str]:
    """Return the fixed parameters, without dates for the two pipes that show the present and reject dates."""
    dates = window._asdict() if pipe.takes_dates else {"timezone": window.timezone}
    fixed = {"workspace_id": workspace_id, "website_id": website_id, **dates, **pipe.fixed}
    return {name: value for name, value in fixed.items() if value is not None}


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
