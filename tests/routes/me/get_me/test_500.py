"""A deployment that lacks a variable answers the envelope, and the operator reads which one."""

import pytest

from functions.me.get_me.handler import handler
from pixel.auth.caller import Caller
from tests.conftest import Output
from tests.routes.gateway import FIXED_HEADERS, REQUEST_ID, event_of, send

pytestmark = pytest.mark.usefixtures("tables", "frozen")


@pytest.fixture(autouse=True)
def _incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIXEL_COUNTERS_TABLE")


def test_the_caller_learns_only_the_request_id(caller: Caller, output: Output) -> None:
    reply = send(handler, event_of(caller))

    assert reply.status == 500
    assert reply.body == {
        "error": {
            "code": "internal_error",
            "message": "An internal error occurred; try again, and quote the request id if it persists.",
            "docs_url": "docs/errors.md#internal_error",  # the variable is not read either
        },
        "meta": {"request_id": REQUEST_ID},
    }
    assert reply.headers == FIXED_HEADERS


def test_the_log_names_the_variable(caller: Caller, output: Output) -> None:
    send(handler, event_of(caller))

    assert "PIXEL_COUNTERS_TABLE" in output.text
