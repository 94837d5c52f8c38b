"""A route asks for its scope, after counting and before working."""

from datetime import timedelta

import pytest

from pixel.auth.caller import Caller, Scope
from pixel.foundation.clock import now
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.http.run_route import LambdaHandler
from tests.conftest import Frozen, Output
from tests.environment import ERRORS_PAGE_URL
from tests.routes.gateway import FIXED_HEADERS, REQUEST_ID, event_of, send

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")


@pytest.fixture
def worked() -> list[Request]:
    return []


@pytest.fixture
def reading(worked: list[Request]) -> LambdaHandler:
    @route(scope=Scope.READ)
    def handler(request: Request) -> Response:
        worked.append(request)
        return Response({"read": True})

    return handler


@pytest.mark.parametrize("scopes", [("pixel:read",), ("pixel:write", "pixel:read")])
def test_a_key_with_the_scope_is_let_in(
    reading: LambdaHandler, worked: list[Request], caller: Caller, scopes: tuple[str, ...]
) -> None:
    caller = caller._replace(scopes=scopes)

    reply = send(reading, event_of(caller))

    assert (reply.status, reply.body["data"]) == (200, {"read": True})
    (request,) = worked
    assert (request.id, request.caller, request.path, request.query, request.body) == (REQUEST_ID, caller, {}, {}, "")
    assert request.header("accept") == "application/json"


@pytest.mark.parametrize("scopes", [(), ("pixel:write",), ("pixel:rea", "pixel:reader")])
def test_a_key_without_the_scope_is_told_what_it_has_and_what_it_needs(
    reading: LambdaHandler, worked: list[Request], caller: Caller, scopes: tuple[str, ...], frozen: Frozen
) -> None:
    reply = send(reading, event_of(caller._replace(scopes=scopes)))

    assert reply.status == 403
    assert reply.body == {
        "error": {
            "code": "insufficient_scope",
            "message": "This route requires the scope pixel:read; use a key that has it.",
            "docs_url": f"{ERRORS_PAGE_URL}#insufficient_scope",
            "details": {"required": "pixel:read", "available": list(scopes)},
        },
        "meta": {"request_id": REQUEST_ID},
    }
    assert reply.headers == {
        **FIXED_HEADERS,
        "X-RateLimit-Limit": "60",
        "X-RateLimit-Remaining": "59",
        "X-RateLimit-Reset": str(int(frozen.seconds) + 50),
    }
    assert worked == []


def test_refused_requests_count(reading: LambdaHandler, caller: Caller) -> None:
    caller = caller._replace(scopes=(), rate_limit=2)

    replies = [send(reading, event_of(caller)) for _ in range(3)]

    assert [reply.status for reply in replies] == [403, 403, 429]


def test_the_end_of_a_key_is_told_before_its_scopes(reading: LambdaHandler, caller: Caller) -> None:
    reply = send(reading, event_of(caller._replace(scopes=(), expires_at=now() - timedelta(seconds=1))))

    assert (reply.status, reply.body["error"]["code"]) == (401, "api_key_expired")


def test_the_refusal_is_logged_with_its_code(reading: LambdaHandler, caller: Caller, output: Output) -> None:
    send(reading, event_of(caller._replace(scopes=())))

    (line,) = output.logged("request")
    assert (line["level"], line["status"], line["code"]) == ("INFO", 403, "insufficient_scope")
