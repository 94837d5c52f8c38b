"""Whatever a route does, the caller gets the envelope and the log gets the place."""

from collections.abc import Callable

import pytest

from pixel.auth.caller import Caller
from pixel.http.public_route import public_route
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.http.run_route import LambdaHandler
from tests.conftest import Frozen, Output
from tests.environment import ERRORS_PAGE_URL
from tests.routes.gateway import FIXED_HEADERS, REQUEST_ID, event, event_of, send

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")

_INSIDE = "an inside matter"


def _crash() -> Response:
    raise RuntimeError(_INSIDE)


def _work() -> Response:
    return Response("fine")


def _nothing() -> Response:
    return None  # type: ignore[return-value]  # what a careless route might do


def _not_json() -> Response:
    return Response({"value": object()})


_FAULTS: dict[str, Callable[[], Response]] = {"crash": _crash, "nothing": _nothing, "not JSON": _not_json}


def _route(fault: str) -> LambdaHandler:
    @route(scope=None)
    def handler(_request: Request) -> Response:
        return _FAULTS[fault]()

    return handler


@pytest.mark.parametrize("fault", _FAULTS)
def test_a_route_that_fails_answers_the_envelope_and_nothing_of_the_inside(
    fault: str, caller: Caller, frozen: Frozen
) -> None:
    reply = send(_route(fault), event_of(caller))

    assert reply.status == 500
    assert reply.body == {
        "error": {
            "code": "internal_error",
            "message": "An internal error occurred; try again, and quote the request id if it persists.",
            "docs_url": f"{ERRORS_PAGE_URL}#internal_error",
        },
        "meta": {"request_id": REQUEST_ID},
    }
    assert reply.headers == {
        **FIXED_HEADERS,
        "X-RateLimit-Limit": "60",
        "X-RateLimit-Remaining": "59",
        "X-RateLimit-Reset": str(int(frozen.seconds) + 50),
    }


def test_an_open_route_that_fails_answers_the_envelope() -> None:
    reply = send(public_route()(lambda _request: _crash()), event("get_health"))

    assert (reply.status, reply.body["error"]["code"]) == (500, "internal_error")
    assert reply.headers == FIXED_HEADERS


def test_the_log_has_the_place_and_not_the_text(caller: Caller, output: Output) -> None:
    send(_route("crash"), event_of(caller))

    (line,) = output.logged("request")
    assert (line["level"], line["status"], line["code"]) == ("ERROR", 500, "internal_error")
    assert line["request_id"] == REQUEST_ID
    assert line["failure"][0].startswith(f"RuntimeError at test_500.py:{_crash.__code__.co_firstlineno + 1} < ")
    assert _INSIDE not in output.text
    assert output.metric("Status5xx") == 1


def test_a_failure_leaves_nothing_for_the_next_request(caller: Caller, output: Output) -> None:
    outcomes = iter([_crash, _work])

    @route(scope=None)
    def handler(_request: Request) -> Response:
        return next(outcomes)()

    send(handler, event_of(caller))
    reply = send(handler, event_of(caller))

    assert (reply.status, reply.body["data"]) == (200, "fine")
    assert not {"failure", "code"} & output.logged("request")[1].keys()
