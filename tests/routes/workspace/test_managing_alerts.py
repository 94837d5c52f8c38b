"""Alerts over HTTP: what those without new fields do, and what is answered of their windows."""

import pytest

from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.destination_kind import DESTINATION
from pixel.workspaces.record_kind import RecordKind
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.store import function_store
from tests.conftest import Frozen
from tests.routes.workspace.managed import Client, client_of, data_of, error_of, new_website, rows_of

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")

_NOW = "2026-03-04T05:06:10Z"


@pytest.fixture
def client(tables: object) -> Client:
    return client_of()


def test_an_alert_that_is_stored_with_nobody_to_tell_is_answered_with_what_it_does_by_default(client: Client) -> None:
    item = {
        **ALERT.key("ws_1", "alert_old"),
        "id": "alert_old",
        "website_id": new_website(client),
        "metric": "visitors",
        "threshold": 100,
        "channel": "email",
        "created_at": "2026-01-01T00:00:00Z",
    }
    store = function_store()
    store.database.put(store.workspace_table, item)

    found = data_of(client.get(ALERT, "alert_old"))

    assert (found["recipients"], found["undeliverable"], found["state"]) == (None, "no_recipients", "ok")
    assert (found["kind"], found["window"], found["for"], found["recover"]) == ("threshold", "1h", 1, 2)
    anomaly = client.update(ALERT, "alert_old", {"kind": "anomaly", "threshold": 3.5, "direction": "either"})
    assert data_of(anomaly)["for"] == 2
    [fault] = error_of(client.update(ALERT, "alert_old", {"kind": "change"}), 400)["details"]["fields"]
    assert fault["path"] == "direction"


def test_the_state_of_an_alert_is_that_of_its_windows_unless_it_is_paused_or_snoozed(
    client: Client, frozen: Frozen
) -> None:
    body = {"website_id": new_website(client), "metric": "visitors", "threshold": 100, "channel": "webhook"}
    alert_id = data_of(client.create(ALERT, {**body, "snoozed_until": "2026-03-04T05:07:00Z"}), 201)["id"]
    verdict = {"at": "2026-03-04T05:00:00Z", "value": 120.5, "expected": 100, "score": None, "verdict": "breach"}
    judged = {"state": "firing", "since": "2026-03-04T05:00:00Z", "last_value": 120.5}
    store = function_store()
    item = store.find(ALERT, "ws_1", alert_id)
    store.database.put(
        store.workspace_table,
        {**item, "judged": {**judged, "last_evaluated_at": _NOW, "verdicts": [[*verdict.values()]]}},
    )

    assert data_of(client.get(ALERT, alert_id))["state"] == "snoozed"
    frozen.move(60)
    found = data_of(client.get(ALERT, alert_id))
    assert {name: found[name] for name in judged} == judged
    assert found["verdicts"] == [verdict]
    assert found["last_evaluated_at"] == _NOW
    assert rows_of(client.list(ALERT, limit="1"))[0]["state"] == "firing"
    assert data_of(client.update(ALERT, alert_id, {"enabled": False}))["state"] == "paused"


@pytest.mark.parametrize("kind", [ALERT, REPORT])
def test_what_is_told_by_slack_names_a_destination_that_exists(client: Client, kind: RecordKind) -> None:
    fields = {"metric": "visitors", "threshold": 100} if kind is ALERT else {"cadence": "weekly"}
    body = {"website_id": new_website(client), "channel": "slack", "recipients": ["#sales"], **fields}
    record_id = data_of(client.create(kind, body), 201)["id"]

    def undeliverable() -> object:
        [listed] = rows_of(client.list(kind, limit="10"))
        found = data_of(client.get(kind, record_id))
        assert listed["undeliverable"] == found["undeliverable"]
        return found["undeliverable"]

    assert undeliverable() == "no_destination"
    _store_destination("webhook", "#sales")
    assert undeliverable() == "no_destination"
    _store_destination("slack", "#sales", enabled=False)
    assert undeliverable() == "no_destination"
    _store_destination("slack", "#Sales")
    assert undeliverable() is None


def test_an_alert_by_webhook_needs_one_that_hears_of_it(client: Client) -> None:
    website_id = new_website(client)
    body = {"website_id": website_id, "metric": "visitors", "threshold": 100, "channel": "webhook"}
    alert_id = data_of(client.create(ALERT, body), 201)["id"]

    for fields, expected in (
        ({"events": ["key.created"]}, "no_destination"),
        ({"website_ids": ["admx_other"]}, "no_destination"),
        ({"events": ["alert.fired"], "website_ids": [website_id]}, None),
    ):
        _store_destination("webhook", "Warehouse", **fields)
        assert data_of(client.get(ALERT, alert_id))["undeliverable"] == expected


def _store_destination(kind: str, name: str, **fields: object) -> None:
    store = function_store()
    given = {"id": "dest_1", "kind": kind, "name": name, "enabled": True, **fields}
    store.database.put(store.workspace_table, {**DESTINATION.key("ws_1", "dest_1"), **given})


def test_an_anomaly_has_a_threshold_of_its_own(client: Client) -> None:
    body = {"website_id": new_website(client), "metric": "visitors", "kind": "anomaly", "channel": "webhook"}

    assert data_of(client.create(ALERT, body), 201)["threshold"] == 3.5
