"""A list names every parameter it cannot use, at once, and repeats no value."""

from typing import Any

import pytest

from pixel.auth.caller import Caller
from pixel.workspaces.website_kind import WEBSITE
from tests.environment import ERRORS_PAGE_URL
from tests.routes.conftest import AwsCall
from tests.routes.gateway import event_of, request_id_of, send
from tests.routes.workspace.lists import ListRoute, each_list

pytestmark = [pytest.mark.usefixtures("tables", "frozen", "output"), each_list]

_REPEATED = {"path": "website_id", "code": "repeated", "message": "`website_id` must be given once."}
_MALFORMED = {
    "path": "website_id",
    "code": "invalid",
    "message": "`website_id` must be a website id: admx_ followed by letters, digits, _ or -.",
}


_TAKEN = "it takes cursor, limit, updated_since, website_id."
_TAKEN_OF_WEBSITES = "it takes cursor, domain, limit, updated_since, website_id."


def _unknown(name: str, advice: str = _TAKEN) -> dict[str, str]:
    return {"path": name, "code": "unknown", "message": f"`{name}` is not a parameter of this route; {advice}"}


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"page": ["5"]}, [_unknown("page")]),
        ({"workspace_id": ["ws_2"]}, [_unknown("workspace_id")]),
        ({"Website_Id": ["admx_1"]}, [_unknown("Website_Id", "did you mean `website_id`?")]),
        ({"website_id": ["admx_1", "admx_1"]}, [_REPEATED]),
        ({"website_id": ["", "admx_1"]}, [_REPEATED]),
        ({"website_id": ["admx 1"]}, [_MALFORMED]),
        ({"website_id": [""]}, [_MALFORMED]),
        (
            {"website_id": ["admx/1"], "from": ["2026-01-01"], "to": ["a", "b"]},
            [_unknown("from"), _unknown("to"), _MALFORMED],
        ),
    ],
)
def test_the_answer_names_every_fault(
    route: ListRoute, caller: Caller, query: dict[str, list[str]], fields: list[Any]
) -> None:
    asked = event_of(caller, route.function, query)

    reply = send(route.handler, asked)

    assert reply.status == 400
    if route.kind is WEBSITE:
        fields = [{**fault, "message": fault["message"].replace(_TAKEN, _TAKEN_OF_WEBSITES)} for fault in fields]
    assert reply.body == {
        "error": {
            "code": "invalid_query",
            "message": "Some query parameters are invalid; `details.fields` lists each one with the reason.",
            "docs_url": f"{ERRORS_PAGE_URL}#invalid_query",
            "details": {"fields": fields},
        },
        "meta": {"request_id": request_id_of(asked)},
    }


@pytest.mark.parametrize(
    "website_id",
    [
        *("admx_1 ", "admx.1", "admx_1/..", "admx_1#", "%00", "admx_\N{LATIN SMALL LETTER E WITH ACUTE}"),
        *("\x00", "admx_\x00", "admx_1\n", "admx_1\r\nX: y", "\x7f", "\x1b[31m", "\u202e", "\ud800"),
        *("x" * 129, "x" * 2048),
    ],
    ids=ascii,
)
def test_an_id_that_cannot_be_one_is_refused_and_not_repeated(
    route: ListRoute, caller: Caller, website_id: str
) -> None:
    asked = event_of(caller, route.function, {"website_id": [website_id]})

    reply = send(route.handler, asked)

    [fault] = reply.body["error"]["details"]["fields"]
    assert (reply.status, fault["path"], fault["code"]) == (400, "website_id", "invalid")
    assert website_id not in str(reply.body)


def test_a_name_of_2_kb_is_not_repeated_whole(route: ListRoute, caller: Caller) -> None:
    [fault] = route.ask(caller, **{"x" * 2048: "1"}).body["error"]["details"]["fields"]

    assert fault == _unknown("x" * 64, _TAKEN_OF_WEBSITES if route.kind is WEBSITE else _TAKEN)


def test_a_malformed_request_counts_and_reads_nothing(
    route: ListRoute, caller: Caller, aws_calls: list[AwsCall]
) -> None:
    reply = route.ask(caller, page="5")

    assert reply.headers["X-RateLimit-Remaining"] == "59"
    assert [call.operation for call in aws_calls] == ["UpdateItem"]
