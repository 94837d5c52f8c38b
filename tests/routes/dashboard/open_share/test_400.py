"""POST /share/open refuses bodies that it cannot read."""

from typing import Any

import pytest

from functions.dashboard.open_share.handler import handler
from tests.routes.dashboard.dashboards import opening
from tests.routes.gateway import send

pytestmark = pytest.mark.usefixtures("tables", "output", "no_sleep")

_CASES: tuple[tuple[Any, str, str], ...] = (
    ({}, "token", "missing"),
    ({"token": 1}, "token", "wrong_type"),
    ({"token": "share_x", "password": 1}, "password", "wrong_type"),
    ({"token": "share_x", "password": "x" * 129}, "password", "too_long"),
    ({"token": "share_x", "pasword": "x"}, "pasword", "unknown"),
    ([], "body", "invalid"),
    ("{", "body", "invalid"),
    ('{"token":"a","token":"b"}', "body", "invalid"),
)


def test_what_is_wrong_is_named_and_not_repeated() -> None:
    for number, (body, path, code) in enumerate(_CASES):
        reply = send(handler, opening(body, address=f"198.51.100.{number}"))

        assert (reply.status, reply.body["error"]["code"]) == (400, "invalid_body")
        [field] = reply.body["error"]["details"]["fields"]
        assert (field["path"], field["code"]) == (path, code)


def test_a_body_that_is_too_large_or_no_json_is_refused() -> None:
    assert send(handler, opening({"token": "x" * 5000})).body["error"]["code"] == "payload_too_large"
    asked = opening({"token": "x"})
    asked["multiValueHeaders"]["Content-Type"] = ["text/plain"]
    assert send(handler, asked).body["error"]["code"] == "unsupported_media_type"
