"""A list that cannot be read whole is not answered in part."""

from collections.abc import Callable

import pytest

from pixel.auth.caller import Caller
from pixel.aws.json_service import AwsRefusedError, JsonService
from pixel.foundation import JsonObject
from tests.conftest import Output
from tests.environment import ERRORS_PAGE_URL
from tests.routes.workspace.lists import ListRoute, each_list, store

pytestmark = [pytest.mark.usefixtures("tables", "frozen"), each_list]

_MESSAGE = "An internal error occurred; try again, and quote the request id if it persists."


def test_a_store_that_is_down_is_said_in_the_envelope(
    route: ListRoute, caller: Caller, store_down: Callable[[], None], output: Output
) -> None:
    store_down()

    reply = route.ask(caller)

    assert reply.status == 500
    assert reply.body["error"] == {
        "code": "internal_error",
        "message": _MESSAGE,
        "docs_url": f"{ERRORS_PAGE_URL}#internal_error",
    }
    assert output.metric("UncountedRequests") == 1


def test_a_second_page_that_fails_fails_the_list(
    route: ListRoute, caller: Caller, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(route.row(f"x_{number}", website_id=f"admx_{number}", internal="x" * 300_000) for number in range(8))
    original = JsonService.call

    def call(service: JsonService, operation: str, payload: JsonObject, *, idempotent: bool) -> JsonObject:
        if "ExclusiveStartKey" in payload:
            raise AwsRefusedError(operation, 400, {"__type": "x#ValidationException"})
        return original(service, operation, payload, idempotent=idempotent)

    monkeypatch.setattr(JsonService, "call", call)

    reply = route.ask(caller)

    assert (reply.status, reply.body["error"]["code"]) == (500, "internal_error")
    assert "ValidationException" in output.text
