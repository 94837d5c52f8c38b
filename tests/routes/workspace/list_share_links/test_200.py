"""GET /pixel/share-links: neither a token nor a hash is ever shown, because none is asked for."""

import pytest

from functions.workspace.list_share_links.handler import handler
from pixel.auth.caller import Caller
from tests.routes.any_list.lists import store
from tests.routes.conftest import AwsCall
from tests.routes.gateway import event_of, request_id_of, send

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")


def test_a_share_link_has_its_prefix_and_its_end_and_no_hash(caller: Caller) -> None:
    store(
        [
            {
                "workspace_id": "ws_1",
                "item": "SHARE#share_1",
                "id": "share_1",
                "website_id": "admx_1",
                "token_prefix": "share_abcd",
                "expires_at": "2026-12-31T00:00:00Z",
                "password_protected": True,
                "created_at": "2026-01-01T00:00:00Z",
                "token_hash": "0123456789abcdef",
                "password_hash": "$scrypt$ln=15,r=8,p=3$c2FsdA$aGFzaA",
            }
        ]
    )
    asked = event_of(caller, "list_share_links")

    reply = send(handler, asked)

    assert reply.status == 200
    assert reply.body == {
        "data": [
            {
                "id": "share_1",
                "website_id": "admx_1",
                "token_prefix": "share_abcd",
                "expires_at": "2026-12-31T00:00:00Z",
                "password_protected": True,
                "created_at": "2026-01-01T00:00:00Z",
            }
        ],
        "meta": {"request_id": request_id_of(asked)},
    }


def test_no_request_to_the_table_names_a_hash(caller: Caller, aws_calls: list[AwsCall]) -> None:
    send(handler, event_of(caller, "list_share_links"))

    assert [call.operation for call in aws_calls] == ["UpdateItem", "Query"]
    assert "hash" not in str(aws_calls)
