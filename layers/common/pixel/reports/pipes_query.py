"""The query of one token for several pipes: what the token fixes for each of them.

Filters are given as `fix.country=DE`. They are normalized as those of a single pipe, and fixed for all of the pipes.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pixel.events.filters import FILTERS, read_parameter
from pixel.foundation.errors import FieldErrors
from pixel.foundation.ids import ID_CHARACTERS_MAX
from pixel.http.query import QueryParameters
from pixel.http.route import Request
from pixel.reports.fixed_query import fixed_parameters, read_website_id
from pixel.reports.window import PARAMETERS, read_window
from pixel.tinybird.catalogue import Pipe, catalogue, find_pipe
from pixel.workspaces.website_lookup import require_website

PIPES_MAX: Final = 20
FIX: Final = "fix."
_PIPES, _VISITOR_ID = "pipes", "visitor_id"
_KNOWN = {_PIPES, "website_id", _VISITOR_ID, *PARAMETERS, *(f"{FIX}{name}" for name in FILTERS)}


def read_pipes_query(request: Request) -> dict[str, dict[str, str]]:
    """Return the fixed parameters of each pipe. Raises ApiError with all errors."""
    parameters = QueryParameters(request.query, _KNOWN)
    pipes = _read_pipes(parameters)
    website_id = read_website_id(parameters, request.caller)
    window = read_window(parameters)
    visitor = _read_visitor(parameters, pipes)
    filters = _read_filters(request.query, pipes, parameters.faults)
    parameters.raise_faults()
    workspace_id = request.caller.workspace_id
    if website_id is not None:
        require_website(request.caller, website_id)
    return {
        pipe.name: {
            **fixed_parameters(pipe, workspace_id, website_id, window),
            **filters,
            **(visitor if _is_about_a_visitor(pipe) else {}),
        }
        for pipe in pipes
    }


def _read_pipes(parameters: QueryParameters) -> list[Pipe]:
    text = parameters.text(_PIPES)
    names = [name.strip() for name in text.split(",")] if text else []
    if not parameters.faults.has(_PIPES) and (
        not 1 <= len(names) <= PIPES_MAX or len(set(names)) != len(names) or "" in names
    ):
        sentence = f"`{_PIPES}` must be 1 to {PIPES_MAX} different pipes, with commas between them."
        parameters.faults.add(_PIPES, "invalid" if text else "missing", sentence)
        return []
    return [find_pipe(name) for name in names]


def _read_visitor(parameters: QueryParameters, pipes: Sequence[Pipe]) -> dict[str, str]:
    """Return the visitor that the token fixes, which the reports on one visitor require and no other takes."""
    visitor_id = (parameters.text(_VISITOR_ID, characters_max=ID_CHARACTERS_MAX) or "").strip()
    about_a_visitor = [pipe.name for pipe in pipes if _is_about_a_visitor(pipe)]
    if parameters.faults.has(_VISITOR_ID):
        return {}
    if about_a_visitor and not visitor_id:
        parameters.faults.add(_VISITOR_ID, "missing", f"`{_VISITOR_ID}` is required for {about_a_visitor[0]}.")
    elif visitor_id and not about_a_visitor:
        parameters.faults.add(_VISITOR_ID, "invalid", f"`{_VISITOR_ID}` is for reports on one visitor; remove it.")
    return {_VISITOR_ID: visitor_id}


def _is_about_a_visitor(pipe: Pipe) -> bool:
    return "external_id_hash" in pipe.parameters


def _read_filters(given: Mapping[str, Sequence[str]], pipes: Sequence[Pipe], faults: FieldErrors) -> dict[str, str]:
    named = {
        name.removeprefix(FIX): values for name, values in given.items() if name in _KNOWN and name.startswith(FIX)
    }
    parameters = QueryParameters(named, FILTERS)
    found = {}
    for name in named:
        without = [pipe.name for pipe in pipes if name not in pipe.parameters]
        if without:
            sentence = f"`{FIX}{name}` is not a filter of {without[0]}; remove it, or ask for a token of its own."
            faults.add(f"{FIX}{name}", "invalid", sentence)
            continue
        described = next(pipe.parameters[name] for pipe in (*pipes, *catalogue().values()) if name in pipe.parameters)
        value = read_parameter(parameters, described)
        if value:
            found[name] = value
        elif not parameters.faults.has(name):
            parameters.faults.add(name, "invalid", f"`{name}` must not be empty; give it a value or omit it.")
    for fault in parameters.faults.found:
        message = fault.message.replace(f"`{fault.path}`", f"`{FIX}{fault.path}`", 1)
        if not faults.has(f"{FIX}{fault.path}"):
            faults.add(f"{FIX}{fault.path}", fault.code, message)
    if "property_value" in found and "property_key" not in found:
        sentence = f"`{FIX}property_key` must be given with `{FIX}property_value`."
        faults.add(f"{FIX}property_key", "missing", sentence)
    return found
