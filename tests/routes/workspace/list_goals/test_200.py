"""GET /pixel/goals."""

import pytest

from functions.workspace.list_goals.handler import handler
from pixel.auth.caller import Caller
from tests.routes.any_list.lists import store
from tests.routes.gateway import event_of, request_id_of, send

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")


def test_a_goal_has_its_name_and_selector(caller: Caller) -> None:
    store(
        [
            {
                "workspace_id": "ws_1",
                "item": "GOAL#goal_1",
                "id": "goal_1",
                "website_id": "admx_1",
                "name": "Sign-up",
                "selector": "#signup",
                "created_at": "2026-01-01T00:00:00Z",
            }
        ]
    )
    asked = event_of(caller, "list_goals")

    reply = send(handler, asked)

    assert reply.status == 200
    assert reply.body == {
        "data": [
            {
                "id": "goal_1",
                "website_id": "admx_1",
                "name": "Sign-up",
                "selector": "#signup",
                "created_at": "2026-01-01T00:00:00Z",
            }
        ],
        "meta": {"request_id": request_id_of(asked)},
    }
