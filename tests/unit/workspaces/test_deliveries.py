"""Webhooks are told of API keys in the transaction that creates or revokes the key, and never of the key itself."""

import json
from datetime import timedelta

import pytest

from pixel.auth.keys import digest
from pixel.aws.conditions import PRESENT
from pixel.workspaces.api_keys import create_key, revoke_key, rotate_key
from pixel.workspaces.deliveries import DELIVERY_ID_PREFIX
from pixel.workspaces.key_models import KeyRotation, NewKey
from pixel.workspaces.plans import UsagePlans
from pixel.workspaces.store import Store, meta_key
from pixel.workspaces.workspace_deletion import delete_workspace
from tests.conftest import Frozen
from tests.unit.hooks.receivers import WORKSPACE, new_destination, new_workspace, stored_deliveries

pytestmark = pytest.mark.usefixtures("tables", "frozen", "public_names")


@pytest.fixture
def public_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pixel.hooks.addresses._looked_up", lambda _place: ["93.184.215.14"])


@pytest.fixture
def store(tables: object) -> Store:
    found = new_workspace()
    workspace = {
        "usage_plan": "standard",
        "name": "Acme",
        "rate_limit": 60,
        "usage_plan_key": "key",
        "usage_plan_key_id": "key_1",
        "created_at": "2026-03-04T05:06:10Z",
    }
    found.database.set_attributes(found.workspace_table, meta_key(WORKSPACE), workspace)
    return found


def _told(store: Store) -> list[tuple[str, str]]:
    return sorted((json.loads(one["body"])["data"]["name"], one["type"]) for one in stored_deliveries(store))


def test_a_new_key_is_told_to_webhooks_that_listen(store: Store) -> None:
    one, _ = new_destination(store)
    new_destination(store, name="Alerts", events=["alert.fired"])

    raw, record = create_key(store, WORKSPACE, NewKey(name="Shop", scopes=("pixel:write",)))

    (delivery,) = stored_deliveries(store)
    assert delivery["id"].startswith(f"{DELIVERY_ID_PREFIX}_")
    assert (delivery["destination_id"], delivery["state"]) == (one["id"], "pending")
    body = json.loads(delivery["body"])
    assert (body["type"], body["timestamp"]) == ("key.created", "2026-03-04T05:06:10Z")
    assert body["data"] == {
        "id": record.key_id,
        "workspace_id": WORKSPACE,
        "website_id": None,
        "name": "Shop",
        "key_prefix": record.key_prefix,
        "scopes": ["pixel:write"],
        "website_ids": None,
        "expires_at": None,
    }
    assert raw not in json.dumps(delivery, default=str)
    assert digest(raw) not in json.dumps(delivery, default=str)


def test_a_revoked_key_is_told_once(store: Store) -> None:
    new_destination(store, events=["key.revoked"])
    _, record = create_key(store, WORKSPACE, NewKey(name="Shop"))
    assert stored_deliveries(store) == []
    for _ in range(2):
        revoke_key(store, record.key_id)
    assert _told(store) == [("Shop", "key.revoked")]


@pytest.mark.parametrize("grace", [timedelta(0), timedelta(hours=1)])
def test_a_rotation_is_told_as_what_it_does(store: Store, grace: timedelta) -> None:
    _, record = create_key(store, WORKSPACE, NewKey(name="Shop"))
    new_destination(store)
    rotate_key(store, record.key_id, KeyRotation(grace=grace))
    revoked = [] if grace else [("Shop", "key.revoked")]
    assert _told(store) == [("Shop", "key.created"), *revoked]


def test_all_50_webhooks_are_told_of_a_key(store: Store, frozen: Frozen) -> None:
    for number in range(50):
        new_destination(store, name=f"Hook {number}")
        frozen.move(0.001)
    create_key(store, WORKSPACE, NewKey(name="Shop"))
    assert len(stored_deliveries(store)) == 50


def test_a_workspace_is_deleted_with_its_destinations_and_their_secrets(store: Store) -> None:
    new_destination(store)
    create_key(store, WORKSPACE, NewKey(name="Shop"))
    before = len(stored_deliveries(store))

    deletion = delete_workspace(store, _Plans(), WORKSPACE)

    assert {kind.noun: number for kind, number in deletion.went_with_it.records}["destination"] == 1
    assert store.database.scan(store.secrets_table, {"url": PRESENT}) == []
    assert len(stored_deliveries(store)) == before


class _Plans(UsagePlans):
    def __init__(self) -> None:
        pass

    def remove_key(self, _key_id: str) -> None:
        pass
