"""What a token of a pipe fixes: the workspace, the website and the window.

The workspace is that of the API key, and the website must belong to the workspace. Tokens of one pipe fix nothing else,
so the routes that mint them load no rules of filters.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from pixel.auth.caller import Caller
from pixel.http.query import QueryParameters
from pixel.http.route import Request
from pixel.reports.window import PARAMETERS, Window, read_window
from pixel.tinybird.catalogue import Pipe
from pixel.workspaces.website_lookup import require_website

COMMON = {"website_id", *PARAMETERS}
"""The parameters that all queries take."""


def read_fixed_query(
    request: Request, pipe: Pipe, options: Mapping[str, Collection[str]] = MappingProxyType({})
) -> tuple[dict[str, str], dict[str, str | None]]:
    """Return what a token fixes for a pipe, and the route's own parameters, of which `options` has the values.

    Raises ApiError with all errors. The website is looked up last, if everything else is valid.
    """
    parameters = QueryParameters(request.query, {*COMMON, *options})
    website_id = read_website_id(parameters, request.caller)
    window = read_window(parameters)
    chosen = {name: parameters.choice(name, values) for name, values in options.items()}
    parameters.raise_faults()
    if website_id is not None:
        require_website(request.caller, website_id)
    return fixed_parameters(pipe, request.caller.workspace_id, website_id, window), chosen


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
