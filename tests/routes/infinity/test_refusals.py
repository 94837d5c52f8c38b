"""What Infinity Metrics refuses: exactly with these statuses, codes and sentences, and nothing is kept."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from pixel.auth.caller import Caller
from pixel.foundation.clock import now
from tests.conftest import Frozen, Output
from tests.routes.gateway import Reply, event_of, send
from tests.routes.infinity.site import HANDLERS, get_analytics, headers_of, post_event, post_purchase, site_key
from tests.routes.infinity.wrong_requests import ANALYTICS, EVENTS, OK, PAID, PURCHASES, Wrong
from tests.routes.sent_events import SITE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")


@pytest.fixture
def key(tables: "DynamoDBServiceResource") -> Caller:
    return site_key(tables, "ws_refusals")


def _faults(reply: Reply) -> list[tuple[str, str, str]]:
    assert reply.status == 400, reply.body
    assert reply.body.keys() == {"error"}
    error: dict[str, Any] = reply.body["error"]
    assert error.keys() == {"code", "message", "details"}
    fields = error["details"]["fields"]
    assert (error["code"], error["message"]) == ("INVALID_REQUEST", fields[0]["message"])
    return [(fault["path"], fault["code"], fault["message"]) for fault in fields]


def test_a_table_of_wrong_requests(key: Caller, sent: list[str]) -> None:
    ask = {
        "event": lambda wrong: post_event(key, wrong.given),
        "purchase": lambda wrong: post_purchase(key, wrong.given),
        "analytics": lambda wrong: get_analytics(key, **wrong.given),
    }
    cases: list[tuple[str, Wrong]] = [
        *(("event", wrong) for wrong in EVENTS),
        *(("purchase", wrong) for wrong in PURCHASES),
        *(("analytics", wrong) for wrong in ANALYTICS),
    ]

    for route, wrong in cases:
        assert (route, wrong.given, _faults(ask[route](wrong))) == (route, wrong.given, wrong.faults)
    assert len(cases) >= 60
    assert set(sent) == {"UpdateItem"}  # each is counted, and nothing else happens


def test_only_the_first_faults_are_named_and_all_are_counted(key: Caller) -> None:
    reply = post_event(key, {**OK, **{f"field_{number}": 1 for number in range(25)}})

    details = reply.body["error"]["details"]
    assert (len(details["fields"]), details["total"]) == (20, 25)


def test_an_idempotency_key_is_an_event_id(key: Caller) -> None:
    wrong = post_event(key, OK, Idempotency_Key="a b")
    two = post_purchase(key, {**PAID, "event_id": "a"}, Idempotency_Key="b")

    assert _faults(wrong) == [
        ("Idempotency-Key", "invalid", "`Idempotency-Key` must be 1 to 128 characters of A-Z a-z 0-9 . _ : -.")
    ]
    assert _faults(two) == [("event_id", "invalid", "`event_id` and `Idempotency-Key` must be equal if both are sent.")]


def test_a_parameter_of_a_route_that_takes_none(key: Caller) -> None:
    for function in ("infinity_event", "infinity_purchase"):
        reply = send(HANDLERS[function], event_of(key, function, {"debug": ["1"]}))
        assert _faults(reply) == [("debug", "unknown", "`debug` is not a parameter of this route; it takes none.")]


def test_a_body_that_is_too_large_packed_or_not(key: Caller) -> None:
    reply = post_event(key, {**OK, "metadata": {"a": "x" * 33_000}})

    assert (reply.status, reply.body) == (
        413,
        {
            "error": {
                "code": "PAYLOAD_TOO_LARGE",
                "message": "The event is too large; send less in `metadata`.",
                "details": {"limit_bytes": 32_768},
            }
        },
    )


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ("text/plain", "is declared as text/plain"),
        ("application/x-www-form-urlencoded", "is declared as application/x-www-form-urlencoded"),
        ("", "has no Content-Type"),
    ],
)
def test_a_body_that_is_not_declared_as_json(key: Caller, declared: str, said: str) -> None:
    reply = post_event(key, OK, Content_Type=declared)

    sentence = f"The body {said}; send application/json, optionally compressed with gzip."
    assert (reply.status, reply.body) == (
        415,
        {"error": {"code": "UNSUPPORTED_MEDIA_TYPE", "message": sentence}},
    )


@pytest.mark.parametrize(
    ("scopes", "ask", "scope"),
    [
        (("site:read",), lambda key: post_event(key, OK), "site:write"),
        (("pixel:read", "pixel:write"), lambda key: post_purchase(key, PAID), "site:write"),
        (("site:write",), get_analytics, "site:read"),
        ((), get_analytics, "site:read"),
    ],
)
def test_a_key_without_the_scope(key: Caller, scopes: tuple[str, ...], ask: Any, scope: str) -> None:
    reply = ask(key._replace(scopes=scopes))

    assert (reply.status, reply.body) == (
        403,
        {
            "error": {
                "code": "FORBIDDEN",
                "message": f"This route requires the scope {scope}; use a key that has it.",
                "details": {"required": scope, "available": list(scopes)},
            }
        },
    )
    assert {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Request-Id"} == {*headers_of(reply)}


@pytest.mark.parametrize("website_ids", [("admx_deleted",), ("admx_of_nobody",), None, (SITE, "admx_deleted"), ()])
def test_a_key_whose_website_was_deleted(key: Caller, website_ids: tuple[str, ...] | None) -> None:
    """Keys of another number of websites cannot be made, and reach none."""
    lost = key._replace(website_ids=website_ids)

    for reply in (post_event(lost, OK), post_purchase(lost, PAID), get_analytics(lost)):
        assert (reply.status, reply.body) == (
            403,
            {
                "error": {
                    "code": "FORBIDDEN",
                    "message": "The website of this key was deleted; ask the operator for a key of another one.",
                }
            },
        )


def test_a_key_that_expired_since_it_was_admitted(key: Caller) -> None:
    reply = post_event(key._replace(expires_at=now()), OK)

    assert (reply.status, reply.body) == (
        401,
        {
            "error": {
                "code": "UNAUTHORIZED",
                "message": "This API key has expired; ask the operator for a new one.",
            }
        },
    )
    assert reply.headers["WWW-Authenticate"] == 'Bearer realm="pixel", error="invalid_token"'


def test_an_unforeseen_failure(key: Caller, monkeypatch: pytest.MonkeyPatch, output: Output, frozen: Frozen) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("an inside matter")

    monkeypatch.setattr("pixel.infinity.requests.ingest", fail)

    reply = post_event(key, OK)

    assert (reply.status, reply.body) == (
        500,
        {
            "error": {
                "code": "INTERNAL_ERROR",
                "message": "An internal error occurred; try again, and quote the request id if it persists.",
            }
        },
    )
    assert headers_of(reply).items() >= {"X-RateLimit-Remaining": "999"}.items()
    [line] = output.logged("request")
    assert (line["code"], f"req_{line['request_id'].removeprefix('req_')}") == (
        "internal_error",
        reply.headers["X-Request-Id"],
    )
    assert "inside" not in json.dumps(reply.body)
