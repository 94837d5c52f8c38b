"""Each route asks for the scope that the page of routes says."""

import re

from tests.contracts.documents import ROOT
from tests.stack.conftest import Tenant
from tests.stack.running import RunningStack

_PAGE = (ROOT / "docs" / "routes.md").read_text()


def test_a_route_asks_for_the_scope_of_the_table(stack: RunningStack, tenant: Tenant) -> None:
    rows = re.findall(r"^\| ([A-Z]+) (/\S+) \| `(pixel:\w+)` \|", _PAGE, re.MULTILINE)
    key = tenant.key()

    asked = {(method, path): stack.call(path, method=method, key=key) for method, path, _ in rows}

    assert len(rows) > 10
    assert {route: reply.code for route, reply in asked.items()} == dict.fromkeys(asked, "insufficient_scope")
    assert {(*route, reply.json["error"]["details"]["required"]) for route, reply in asked.items()} == set(rows)
