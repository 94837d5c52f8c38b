"""GET /pixel/websites: createdAt is spelled as dashboards know it."""

import pytest

from functions.workspace.list_websites.handler import handler
from pixel.auth.caller import Caller
from tests.routes.any_list.lists import store
from tests.routes.gateway import event_of, request_id_of, send

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")


def test_a_website_has_its_domain_and_name(caller: Caller) -> None:
    store(
        [
            {
                "workspace_id": "ws_1",
                "item": "WEBSITE#admx_1",
                "id": "admx_1",
                "owned_website_id": "admx_1",
                "domain": "shop.example.com",
                "name": "Shop",
                "created_at": "2026-01-01T00:00:00Z",
            }
        ]
    )
    asked = event_of(caller, "list_websites")

    reply = send(handler, asked)

    assert reply.status == 200
    assert reply.body == {
        "data": [
            {
                "id": "admx_1",
                "domain": "shop.example.com",
                "name": "Shop",
                "createdAt": "2026-01-01T00:00:00Z",
            }
        ],
        "meta": {"request_id": request_id_of(asked)},
    }
