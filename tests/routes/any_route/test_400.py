"""Every route refuses query parameters that it does not take, so that a misspelt one is never ignored."""

from importlib import import_module

import pytest

from pixel.auth.caller import Caller
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.workspaces.key_models import SCOPES
from tests.conftest import Output
from tests.contracts.source_files import handler_module
from tests.routes.gateway import Event, event, event_of, send
from tools.openapi.routes import routes

pytestmark = pytest.mark.usefixtures("tables", "frozen")

_QUERY = {"ids": ["1"], "x" * 2000: ["2"]}
_OTHERS = {"dashboard_page", "embed_page", "share_page", "mail_page", "change_mail", "get_share_data"}
"""Pages, whose address holds the state of what is shown, and a route that needs a session first."""
_TAKE_NONE = ("get_health", "get_me", "get_openapi", "ingest_batch", "ingest_event", "identify_visitor", "list_pipes")


def _asking(function: str, caller: Caller, *, needs_key: bool) -> Event:
    if needs_key:
        return event_of(caller, function, _QUERY)
    return {**event(function), "multiValueQueryStringParameters": _QUERY}


def test_an_unknown_parameter_is_named_by_every_route(caller: Caller, output: Output) -> None:
    caller = caller._replace(rate_limit=1000, scopes=SCOPES)

    faces = {route.function: route.face for route in routes()}
    replies = {
        route.function: send(
            import_module(handler_module(route.function)).handler,
            _asking(route.function, caller, needs_key=route.needs_key),
        )
        for route in routes()
        if route.function not in _OTHERS
    }

    for name, reply in replies.items():
        code = faces[name].shown(ApiError(ErrorCode.INVALID_QUERY)).code
        assert (reply.status, reply.body["error"]["code"]) == (400, code), name
        faults = reply.body["error"]["details"]["fields"]
        assert [(fault["path"], fault["code"]) for fault in faults][:2] == [
            ("ids", "unknown"),
            ("x" * 64, "unknown"),
        ], name
    for name in _TAKE_NONE:
        fault = replies[name].body["error"]["details"]["fields"][0]
        assert fault["message"] == "`ids` is not a parameter of this route; it takes none.", name
    assert output.metric("Status4xx") == len(replies) >= 15
