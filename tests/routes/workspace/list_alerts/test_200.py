"""GET /pixel/alerts: a threshold is a number, whole where it is whole."""

import pytest

from functions.workspace.list_alerts.handler import handler
from pixel.auth.caller import Caller
from tests.routes.any_list.lists import store
from tests.routes.gateway import event_of, request_id_of, send

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")


def test_an_alert_has_its_metric_threshold_and_channel(caller: Caller) -> None:
    store(
        [
            {
                "workspace_id": "ws_1",
                "item": "ALERT#alert_1",
                "id": "alert_1",
                "website_id": "admx_1",
                "metric": "bounce_rate",
                "threshold": 0.75,
                "channel": "slack",
                "created_at": "2026-01-01T00:00:00Z",
            }
        ]
    )
    asked = event_of(caller, "list_alerts")

    reply = send(handler, asked)

    assert reply.status == 200
    assert reply.body == {
        "data": [
            {
                "id": "alert_1",
                "website_id": "admx_1",
                "metric": "bounce_rate",
                "threshold": 0.75,
                "channel": "slack",
                "created_at": "2026-01-01T00:00:00Z",
            }
        ],
        "meta": {"request_id": request_id_of(asked)},
    }


@pytest.mark.parametrize(("threshold", "answered"), [(100, "100"), (0, "0"), (0.5, "0.5"), (1_000_000, "1000000")])
def test_a_threshold_is_a_json_number(caller: Caller, threshold: float, answered: str) -> None:
    created = {"created_at": "2026-01-01T00:00:00Z", "id": "alert_1"}
    store([{"workspace_id": "ws_1", "item": "ALERT#alert_1", "threshold": threshold, **created}])

    assert f'"threshold":{answered},' in handler(event_of(caller, "list_alerts"), None)["body"]
