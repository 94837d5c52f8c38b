"""GET /visitors/{id} refuses what can be nobody's id."""

import pytest

from functions.reports.mint_visitor_token.handler import handler
from pixel.auth.caller import Caller
from tests.environment import ERRORS_PAGE_URL
from tests.routes.asked_reports import asking, fields_of
from tests.routes.gateway import event, send

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")


@pytest.mark.parametrize(
    "segment", ["%20", "%09%0A", "a%00b", "%FF", "%C3", "v" * 129, "x" * 2048, "a%0Ab", "%E2%80%AE"]
)
def test_empty_too_long_and_unprintable_ids(caller: Caller, segment: str) -> None:
    reply = send(handler, asking("mint_visitor_token", caller, {"id": segment}))

    assert reply.status == 400
    assert reply.body == {
        "error": {
            "code": "invalid_visitor",
            "message": "Invalid visitor id; end the path with 1 to 128 printable characters, URL-encoded.",
            "docs_url": f"{ERRORS_PAGE_URL}#invalid_visitor",
        },
        "meta": {"request_id": f"req_{event('mint_visitor_token')['requestContext']['requestId']}"},
    }


def test_the_type_of_an_id_is_one_of_two(caller: Caller) -> None:
    assert fields_of(send(handler, asking("mint_visitor_token", caller, {"id": "v"}, {"id_type": "email"}))) == {
        "id_type": "invalid"
    }
    assert (
        send(handler, asking("mint_visitor_token", caller, {"id": "v" * 513}, {"id_type": "external_id"})).status == 400
    )


def test_parameters_are_checked_as_for_any_token(caller: Caller) -> None:
    reply = send(handler, asking("mint_visitor_token", caller, {"id": "v"}, {"visitor_id": "w", "from": "x"}))

    assert fields_of(reply) == {"visitor_id": "unknown", "from": "invalid"}
