"""A list counts as every route does."""

import pytest

from pixel.auth.caller import Caller
from tests.routes.workspace.lists import ListRoute, each_list


@pytest.mark.usefixtures("tables", "frozen", "output")
@each_list
def test_the_request_after_the_last_of_the_minute_is_refused(route: ListRoute, caller: Caller) -> None:
    caller = caller._replace(rate_limit=2)

    replies = [route.ask(caller), route.ask(caller, page="5"), route.ask(caller)]

    assert [reply.status for reply in replies] == [200, 400, 429]
    assert replies[2].body["error"]["code"] == "rate_limit_exceeded"
    assert replies[2].headers["Retry-After"] == "50"
