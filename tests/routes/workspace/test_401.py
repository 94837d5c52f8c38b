"""A list ends with the key, although the authorizer's answer may be a cached one."""

import pytest

from pixel.auth.caller import Caller
from pixel.foundation.clock import now
from tests.routes.conftest import AwsCall
from tests.routes.workspace.lists import ListRoute, each_list


@pytest.mark.usefixtures("tables", "frozen", "output")
@each_list
def test_an_expired_key_reads_nothing(route: ListRoute, caller: Caller, aws_calls: list[AwsCall]) -> None:
    reply = route.ask(caller._replace(expires_at=now()))

    assert (reply.status, reply.body["error"]["code"]) == (401, "api_key_expired")
    assert [call.operation for call in aws_calls] == ["UpdateItem"]
