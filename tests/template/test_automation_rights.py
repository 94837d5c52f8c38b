"""What functions ask of the tables is what their roles allow: no more, and every right is used by something."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from pixel.automation.catching_up import catch_up
from pixel.automation.tick import tick
from pixel.foundation import JsonObject
from pixel.mail import recipients
from pixel.mail.queued import MESSAGE_TAG, RECIPIENT_TAG, WORKSPACE_TAG
from pixel.workspaces.alerts import ALERTS
from pixel.workspaces.recipient_states import address_hash
from pixel.workspaces.reports import REPORTS
from tests.environment import CLAIMS_TABLE, SECRETS_TABLE, WORKSPACE_TABLE
from tests.template.test_automation import ALLOWED, CLAIMS, SECRETS, WORKSPACE
from tests.unit.automation import world as worlds
from tests.unit.automation.world import WS, World, at, set_queues

_PLACES = {WORKSPACE_TABLE: WORKSPACE, CLAIMS_TABLE: CLAIMS, SECRETS_TABLE: SECRETS}
_WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
_STARTED = at("2026-10-19T05:30:00+00:00")

Called = defaultdict[str, set[tuple[str, str]]]
"""The places and the rights that each function needed."""


def _needed(operation: str, payload: JsonObject) -> set[tuple[str, str]]:
    """Return the places and the rights that a call needs; each write of a transaction needs one of its own."""
    if operation == "TransactWriteItems":
        writes = [next(iter(action.items())) for action in payload["TransactItems"]]
        return {(_PLACES[write["TableName"]], f"dynamodb:{_WRITES[kind]}") for kind, write in writes}
    if operation == "BatchGetItem":
        return {(_PLACES[table], "dynamodb:BatchGetItem") for table in payload["RequestItems"]}
    index = f"/index/{payload['IndexName']}" if "IndexName" in payload else ""
    return {(_PLACES[payload["TableName"]] + index, f"dynamodb:{operation}")}


class _Watched(NamedTuple):
    """What functions called, and the function that runs once a day."""

    called: Called
    catching_up: Callable[..., JsonObject]


def _watch(world: World, monkeypatch: pytest.MonkeyPatch) -> _Watched:
    """Note what functions call, and return where."""
    called: Called = defaultdict(set)
    running: list[str] = []
    call = world.call

    def watched(function: Callable[..., JsonObject]) -> Callable[..., JsonObject]:
        def run(*arguments: Any) -> JsonObject:
            running.append(function.__name__)
            try:
                return function(*arguments)
            finally:
                running.pop()

        return run

    def watched_call(operation: str, payload: JsonObject, *, idempotent: bool) -> JsonObject:
        if running:
            called[running[-1]] |= _needed(operation, payload)
        return call(operation, payload, idempotent=idempotent)

    consumers = {queue: watched(function) for queue, function in worlds._HANDLERS.items()}
    monkeypatch.setattr(worlds, "_HANDLERS", consumers)
    monkeypatch.setattr(worlds, "tick", watched(tick))
    monkeypatch.setattr(world, "call", watched_call)
    return _Watched(called, watched(catch_up))


def _scene(world: World) -> None:
    """Let everything happen: alerts, reports, questions, deliveries that fail, bounces, and records that are gone."""
    world.now = _STARTED
    world.value = lambda _website, _metric, _bounds: 5.0
    world.add_destination("#sales", "slack")
    world.add_destination("Warehouse", failing_since="2026-10-01T00:00:00Z")
    world.add_destination("Backup")
    for number in range(2):
        world.add_website(f"admx_{number}", timezone="UTC")
    fires: Mapping[str, Any] = {"metric": "visitors", "direction": "below", "threshold": 10, "min_volume": 0}
    mailed = {"channel": "email", "recipients": ["ann@own.example", "stranger@elsewhere.example"]}
    world.add(ALERTS, website_id="admx_0", record_id="alert_0", **fires, **mailed)
    world.add(ALERTS, website_id="admx_0", record_id="alert_1", **fires, channel="slack", recipients=["#sales"])
    gone = world.add(ALERTS, website_id="admx_1", record_id="alert_2", **fires, channel="webhook")
    ALERTS.delete(world.store, WS, gone)
    for number in range(2):
        world.add(REPORTS, website_id="admx_0", record_id=f"report_{number}", cadence="weekly", at="06:00", **mailed)
    REPORTS.delete(world.store, WS, "report_1")
    world.hook_status = lambda url: 500 if url.endswith("Warehouse") else 200


def test_functions_need_exactly_the_rights_that_their_roles_have(monkeypatch: pytest.MonkeyPatch) -> None:
    set_queues(monkeypatch)
    world = World(monkeypatch)
    called, catching_up = _watch(world, monkeypatch)
    _scene(world)
    world.minutes(_STARTED, _STARTED + timedelta(hours=2))
    sent = next(mail for mail in world.mails if mail.receiver == address_hash("ann@own.example"))
    tags = {MESSAGE_TAG: [sent.message_id], WORKSPACE_TAG: [WS], RECIPIENT_TAG: [sent.receiver]}
    bounce = {"eventType": "Bounce", "bounce": {"bounceType": "Permanent"}, "mail": {"tags": tags}}
    world.queues["events"].append(json.dumps(bounce))
    world.settle()
    world.forget_what_is_due()
    catching_up({}, None)

    allowed = {
        folder: {(place, action) for place, actions in rights.items() for action in actions if "dynamodb" in action}
        for folder, rights in ALLOWED.items()
    }
    assert {name: needed - allowed[name] for name, needed in called.items() if needed - allowed[name]} == {}
    assert {name: rights - called[name] for name, rights in allowed.items() if rights - called[name]} == {}
    assert recipients.state_by_hash(WS, address_hash("ann@own.example")) == "bounced"
