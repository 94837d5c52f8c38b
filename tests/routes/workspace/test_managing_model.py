"""Random creates, changes, deletes and replays have the results that a plain dict gives."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, multiple, rule, run_state_machine_as_test

from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.record_kind import RecordKind
from tests.routes.workspace.managed import Client, client_of, data_of, error_of, new_website, rows_of

pytestmark = pytest.mark.usefixtures("tables", "output")

_NAMES = st.sampled_from(["a", "A", "b", "c"])
_KEYS = st.sampled_from([None, "k1", "k2"])


class _Records(RuleBasedStateMachine):
    """Goals, whose names are unique, and alerts of one website."""

    ids = Bundle("ids")
    workspaces = 0

    def __init__(self) -> None:
        super().__init__()
        _Records.workspaces += 1
        self.client: Client = client_of(f"ws_{_Records.workspaces}")
        self.website_id = new_website(self.client)
        self.live: dict[str, tuple[RecordKind, dict[str, Any]]] = {}
        self.deleted: dict[str, dict[str, Any]] = {}
        self.keys: dict[tuple[str, str], tuple[dict[str, Any], str]] = {}

    @rule(target=ids, name=_NAMES, key=_KEYS)
    def create_goal(self, name: str, key: str | None) -> Any:
        return self._create(GOAL, {"website_id": self.website_id, "name": name, "selector": "#a"}, key)

    @rule(target=ids, threshold=st.integers(0, 2), key=_KEYS)
    def create_alert(self, threshold: int, key: str | None) -> Any:
        body = {"website_id": self.website_id, "metric": "visitors", "threshold": threshold, "channel": "email"}
        return self._create(ALERT, body, key)

    @rule(record_id=ids, name=_NAMES, threshold=st.integers(0, 5), behind=st.sampled_from([None, 0, 1]))
    def update(self, record_id: str, name: str, threshold: int, behind: int | None) -> None:
        kind = self._kind(record_id)
        change: dict[str, Any] = {"name": name} if kind is GOAL else {"threshold": threshold}
        present = self.live.get(record_id, (kind, {"revision": 1}))[1]
        tag = {} if behind is None else {"If-Match": f'"{present["revision"] + behind}"'}
        reply = self.client.send(f"update_{kind.noun}", record_id, body=change, headers=tag)
        if record_id not in self.live:
            assert error_of(reply, 404)["code"] == "record_not_found"
        elif behind == 1:
            assert error_of(reply, 412)["details"] == {"revision": present["revision"]}
        elif kind is GOAL and (holder := self._named(name)) not in (None, record_id):
            assert error_of(reply, 409)["details"] == {"id": holder}
        else:
            changed = data_of(reply)
            assert changed == {
                **present,
                **change,
                "revision": present["revision"] + 1,
                "updated_at": changed["updated_at"],
            }
            self.live[record_id] = kind, changed

    @rule(record_id=ids)
    def delete(self, record_id: str) -> None:
        gone = data_of(self.client.delete(self._kind(record_id), record_id))
        assert self.deleted.setdefault(record_id, gone) == gone
        self.live.pop(record_id, None)

    @rule()
    def compare(self) -> None:
        for kind in (GOAL, ALERT):
            expected = sorted(
                (record for of_kind, record in self.live.values() if of_kind is kind), key=lambda record: record["id"]
            )
            assert rows_of(self.client.list(kind, limit="1000")) == expected
            assert {row["id"] for row in rows_of(self.client.list(kind))} == {one["id"] for one in expected}

    def _create(self, kind: RecordKind, body: dict[str, Any], key: str | None) -> Any:
        reply = self.client.create(kind, body, key)
        if key is not None and (kind.path, key) in self.keys:
            earlier, record_id = self.keys[kind.path, key]
            if earlier != body:
                assert error_of(reply, 409)["code"] == "idempotency_conflict"
            elif record_id in self.live:
                assert data_of(reply, 201) == self.live[record_id][1]
                assert reply.headers["Idempotent-Replayed"] == "true"
            else:
                assert reply.status == 404
            return multiple()
        if kind is GOAL and (holder := self._named(body["name"])):
            assert error_of(reply, 409)["details"] == {"id": holder}
            return multiple()
        made = data_of(reply, 201)
        assert made.items() >= body.items()
        self.live[made["id"]] = kind, made
        if key is not None:
            self.keys[kind.path, key] = body, made["id"]
        return made["id"]

    def _named(self, name: str) -> str | None:
        found = (
            record_id
            for record_id, (kind, record) in self.live.items()
            if kind is GOAL and record["name"].casefold() == name.casefold()
        )
        return next(found, None)

    def _kind(self, record_id: str) -> RecordKind:
        return GOAL if record_id.startswith(GOAL.id_prefix) else ALERT


def test_the_routes_agree_with_a_dict() -> None:
    run_state_machine_as_test(
        _Records,
        settings=settings(
            max_examples=6,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
