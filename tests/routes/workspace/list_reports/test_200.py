"""GET /pixel/reports: last_sent_at is null until a report was sent."""

import pytest

from functions.workspace.list_reports.handler import handler
from pixel.auth.caller import Caller
from tests.routes.any_list.lists import store
from tests.routes.gateway import event_of, request_id_of, send

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")


def test_a_report_has_its_recipients_and_when_it_was_last_sent(caller: Caller) -> None:
    store(
        [
            {
                "workspace_id": "ws_1",
                "item": "REPORT#report_1",
                "id": "report_1",
                "website_id": "admx_1",
                "cadence": "weekly",
                "channel": "email",
                "recipients": ["ann@example.com", "bob@example.com"],
                "last_sent_at": None,
                "created_at": "2026-01-01T00:00:00Z",
            }
        ]
    )
    asked = event_of(caller, "list_reports")

    reply = send(handler, asked)

    assert reply.status == 200
    assert reply.body == {
        "data": [
            {
                "id": "report_1",
                "website_id": "admx_1",
                "cadence": "weekly",
                "channel": "email",
                "recipients": ["ann@example.com", "bob@example.com"],
                "last_sent_at": None,
                "created_at": "2026-01-01T00:00:00Z",
            }
        ],
        "meta": {"request_id": request_id_of(asked)},
    }
