"""A face is a declaration: here one as different from the others as the next API that is to be answered as."""

import json

import pytest

from pixel.auth.caller import Caller
from pixel.faces.face import Face, LimitClass
from pixel.faces.pixel_api import CORE
from pixel.http.response import Response
from pixel.http.route import Request, route
from tests.conftest import Frozen
from tests.routes.gateway import event_of
from tools.openapi import failures

_DAY = LimitClass("day", 1, 86_400, "{key_id}#day")
_SHORTENER = Face(
    name="shortener",
    paths=("/api/v1/short",),
    success=lambda data, _meta: f'{{"data":{data}}}',
    failure=CORE.failure,
    limits=(_DAY,),
    limit_headers=lambda allowance: {"x-ratelimit-left": str(allowance.remaining)},
    shows_docs=True,
)


@route(scope=None, face=_SHORTENER, limit=_DAY)
def _handler(request: Request) -> Response:
    return Response([request.caller.key_id])


@pytest.mark.usefixtures("tables", "output")
def test_answers_look_as_declared(frozen: Frozen) -> None:
    asked = event_of(Caller("ws_1", "key_1", "Shop", (), 60, None))

    passed, refused = _handler(asked, None), _handler(asked, None)

    assert (passed["statusCode"], json.loads(passed["body"])) == (200, {"data": ["key_1"]})
    assert refused["statusCode"] == 429
    error = json.loads(refused["body"])["error"]
    assert (error["code"], error["details"]) == ("rate_limit_exceeded", {"limit": 1, "window": "1 day"})
    assert refused["headers"]["Retry-After"] == str(86_400 - int(frozen.seconds) % 86_400)
    for answer in (passed, refused):
        limits = {name: value for name, value in answer["headers"].items() if "ratelimit" in name.lower()}
        assert limits == {"x-ratelimit-left": "0"}


def test_the_document_says_the_same_and_leaves_the_core_s_as_it_is() -> None:
    """Errors with the codes of the core have its schema, and answers with other headers another name."""
    of_face, of_core = (
        failures.response(429, ("rate_limit_exceeded",), face, needs_key=True) for face in (_SHORTENER, CORE)
    )
    names = {failures.response_name(429, ("x",), face, needs_key=True) for face in (_SHORTENER, CORE)}

    assert of_face["content"] == of_core["content"]
    assert of_face["headers"].keys() == {"x-ratelimit-left", "Retry-After"}
    assert of_core["headers"].keys() == {
        "X-RateLimit-Limit",
        "X-RateLimit-Remaining",
        "X-RateLimit-Reset",
        "Retry-After",
    }
    assert len(names) == 2
