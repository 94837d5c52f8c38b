"""A list asks for the scope pixel:read."""

import pytest

from pixel.auth.caller import Caller
from tests.environment import ERRORS_PAGE_URL
from tests.routes.conftest import AwsCall
from tests.routes.gateway import event_of, request_id_of, send
from tests.routes.workspace.lists import ListRoute, each_list


@pytest.mark.usefixtures("tables", "frozen", "output")
@each_list
@pytest.mark.parametrize("scopes", [(), ("pixel:write",)])
def test_a_key_that_may_not_read_reads_nothing(
    route: ListRoute, caller: Caller, aws_calls: list[AwsCall], scopes: tuple[str, ...]
) -> None:
    asked = event_of(caller._replace(scopes=scopes), route.function)

    reply = send(route.handler, asked)

    assert reply.status == 403
    assert reply.body == {
        "error": {
            "code": "insufficient_scope",
            "message": "This route requires the scope pixel:read; use a key that has it.",
            "docs_url": f"{ERRORS_PAGE_URL}#insufficient_scope",
            "details": {"required": "pixel:read", "available": list(scopes)},
        },
        "meta": {"request_id": request_id_of(asked)},
    }
    assert [call.operation for call in aws_calls] == ["UpdateItem"]
