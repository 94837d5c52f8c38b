"""An Idempotency-Key makes one link of a request, however often it is sent and wherever it is killed."""

from typing import Any

import pytest

from pixel.aws.json_service import AwsUnreachableError, JsonService
from pixel.foundation import JsonObject
from tests.conftest import Frozen
from tests.routes.smart_links.asking import OTHER_KEY, PAGE, ask, data, faults, refused

pytestmark = pytest.mark.usefixtures("links", "output", "no_sleep")

_BODY = {"destinationUrl": PAGE, "title": "Once"}


def _create(body: dict[str, Any] = _BODY, **more: Any) -> Any:
    return ask("create_link", body=body, headers={"Idempotency-Key": "k1"}, **more)


def _number(**more: Any) -> int:
    return len(data(ask("list_links", query={"stats": "false"}, **more)))


def test_the_same_request_is_answered_with_the_link_that_there_is(frozen: Frozen) -> None:
    first = data(_create(), 201)
    again = _create()

    assert data(again, 201)["id"] == first["id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert refused(_create({**_BODY, "title": "Other"})) == (409, "CONFLICT")
    assert data(_create(key=OTHER_KEY), 201)["id"] != first["id"]
    assert (_number(), _number(key=OTHER_KEY)) == (1, 1)
    frozen.move(86_401)
    assert data(_create(), 201)["id"] != first["id"]


def test_a_malformed_key_is_refused_before_anything_is_made() -> None:
    reply = ask("create_link", body=_BODY, headers={"Idempotency-Key": "a b"})

    assert faults(reply) == {"Idempotency-Key": "invalid"}
    assert _number() == 0


def test_an_answer_that_was_lost_is_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call to the store takes effect and its answer is lost, in turn; then the request is sent again."""
    original = JsonService.call
    for lost in range(1, 12):
        calls = 0

        def call(service: JsonService, operation: str, payload: JsonObject, *, idempotent: bool, at: int = lost) -> Any:
            nonlocal calls
            answer = original(service, operation, payload, idempotent=idempotent)
            calls += 1
            if calls == at:
                raise AwsUnreachableError("dynamodb", "the answer was lost")
            return answer

        headers = {"Idempotency-Key": f"lost-{lost}"}
        monkeypatch.setattr(JsonService, "call", call)
        ask("create_link", body=_BODY, headers=headers)
        monkeypatch.setattr(JsonService, "call", original)
        assert ask("create_link", body=_BODY, headers=headers).status == 201
        assert _number() == lost


def test_links_of_a_bulk_are_made_once_each() -> None:
    body = {"links": [_BODY, {"destinationUrl": "nonsense"}, _BODY]}
    first, again = (ask("create_links", body=body, headers={"Idempotency-Key": "b1"}) for _ in range(2))

    assert (first.status, again.status) == (200, 200)
    assert [one["status"] for one in first.body["data"]["results"]] == ["created", "failed", "created"]
    ids = [[one["link"]["id"] for one in reply.body["data"]["results"] if "link" in one] for reply in (first, again)]
    assert ids[0] == ids[1]
    assert _number() == 2
