"""All keys that random sequences of calls make of a key never allow more than it did, in the real store.

`make grants` tries ten thousand sequences instead of a few. test_key_grants.py tries every request by the rule alone.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest

from pixel.auth import keys
from pixel.auth.caller import Caller, Scope
from pixel.auth.keys import KeyRecord, find
from pixel.aws import tables as dynamodb
from pixel.foundation.clock import now, to_iso
from pixel.foundation.errors import ApiError
from pixel.workspaces import api_keys
from pixel.workspaces.errors import RecordError
from pixel.workspaces.key_lookup import find_key
from pixel.workspaces.key_models import KeyChanges, KeyRotation, NewKey, RequestedKey
from pixel.workspaces.models import checked
from pixel.workspaces.store import function_store
from pixel.workspaces.website_kind import WEBSITE
from pixel.workspaces.workspace import Workspace
from tests.conftest import Frozen
from tests.environment import KEYS_TABLE, WORKSPACE_TABLE
from tests.moto_in_process import MotoInProcess, empty
from tests.thorough import depth

_SEQUENCES = depth("GRANT_SEQUENCES", usual=60, thorough=1000)
_STEPS = 8
_WEBSITES = ("admx_1", "admx_2", "admx_3")
_HOURS = range(1, 8)
_numbers = count()

Right = tuple[str, str, int, bool]
"""A scope for a website in an hour from now, in test mode or not."""


def _rights(record: KeyRecord, start: datetime) -> set[Right]:
    """Return all that a key allows, counted out and not by the rules under test."""
    if record.revoked_at is not None:
        return set()
    left = 99.0 if record.expires_at is None else (record.expires_at - start).total_seconds() / 3600
    websites = (*_WEBSITES, "any later one") if record.website_ids is None else record.website_ids
    is_test = record.key_prefix.startswith("pixel_test_")
    return {
        (scope, website, hour, is_test)
        for scope in record.scopes
        for website in websites
        for hour in (*_HOURS, 90)
        if left > hour - 0.5
    }


def _makes_keys(record: KeyRecord) -> bool:
    return record.revoked_at is None and not record.has_expired(now()) and Scope.KEYS in record.scopes


class _Attacker:
    """A caller that has some keys, and tries to get more out of them."""

    def __init__(self, random: Random, workspace_id: str) -> None:
        self.random = random
        self.workspace_id = workspace_id
        self.start = now()
        self.operator = function_store()
        self.key_ids: list[str] = []
        self.held: list[str] = []

    def given_by_operator(self, *, keys_too: bool, held: bool = False) -> str:
        scopes = tuple(Scope)[:2] + self._some((Scope.MANAGE,)) + ((Scope.KEYS,) if keys_too else ())
        new = NewKey(
            scopes=scopes, website_ids=self._websites(), expires_at=self._end(), test=self.random.random() < 0.5
        )
        raw, record = api_keys.create_key(self.operator, self.workspace_id, new)
        self.key_ids.append(record.key_id)
        if held:
            self.held.append(raw)
        return raw

    def step(self) -> None:
        makers = [record for raw in self.held if (record := find(raw)) is not None and _makes_keys(record)]
        if not makers:
            return
        maker = self.random.choice(makers)
        store = function_store(Caller.of(maker))
        target = self.random.choice(self.key_ids)
        with suppress(ApiError, RecordError):
            match self.random.choice(["create", "create", "rotate", "rotate", "update", "revoke"]):
                case "create":
                    made, record = api_keys.create_key(store, self.workspace_id, self._request(), maker=maker)
                    self._keep(made, record)
                case "rotate":
                    rotation = KeyRotation(grace=timedelta(hours=self.random.choice([0, 1, 2])))
                    made, (record, _) = api_keys.rotate_key(store, target, rotation, maker=maker)
                    self._keep(made, record)
                case "update":
                    api_keys.update_key(store, target, self._changes(), maker=maker)
                case "revoke":
                    api_keys.revoke_key(store, target, maker=maker)

    def rights(self) -> set[Right]:
        return set[Right]().union(
            *(_rights(record, self.start) for raw in self.held if (record := find(raw)) is not None)
        )

    def _keep(self, raw: str, record: KeyRecord) -> None:
        self.held.append(raw)
        self.key_ids.append(record.key_id)

    def _request(self) -> RequestedKey:
        fields: dict[str, Any] = {"name": "x", "scopes": list(self._some(tuple(Scope)))}
        return checked(RequestedKey, fields | self._optional(test=self.random.random() < 0.5))

    def _changes(self) -> KeyChanges:
        return checked(KeyChanges, {"name": "y", **self._optional(scopes=list(self._some(tuple(Scope))))})

    def _optional(self, **more: Any) -> dict[str, Any]:
        end = self._end()
        bound = self._websites()
        fields = {
            "website_ids": None if bound is None else list(bound),
            "expires_at": None if end is None else to_iso(end),
            **more,
        }
        return {name: value for name, value in fields.items() if self.random.random() < 0.3}

    def _some(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(value for value in values if self.random.random() < 0.5)

    def _websites(self) -> tuple[str, ...] | None:
        return self.random.choice([None, self._some(_WEBSITES) or _WEBSITES[:1]])

    def _end(self) -> datetime | None:
        hours = self.random.choice([None, *_HOURS[2:5]])
        return None if hours is None else now() + timedelta(hours=hours)


def _workspace() -> str:
    workspace_id, database = f"ws_{next(_numbers)}", dynamodb.database()
    workspace = Workspace(workspace_id, "Acme", now(), 60, "plan", "id", "usageplankey0000000001")
    database.put(WORKSPACE_TABLE, workspace.to_item())
    for website_id in _WEBSITES:
        website = {**WEBSITE.key(workspace_id, website_id), "id": website_id, "domain": "a.example"}
        database.put(WORKSPACE_TABLE, website)
    return workspace_id


@pytest.mark.usefixtures("tables")
def test_no_sequence_of_calls_gets_more_out_of_a_key_than_it_allows(
    frozen: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamodb, "JsonService", lambda *_: MotoInProcess())
    made = refused = 0
    for seed in range(_SEQUENCES):
        for table in (KEYS_TABLE, WORKSPACE_TABLE):
            empty(table)
        attacker = _Attacker(Random(seed), _workspace())
        attacker.given_by_operator(keys_too=True, held=True)
        foreign = [attacker.given_by_operator(keys_too=keys_too) for keys_too in (True, False)]
        at_first = attacker.rights()
        other_at_first = find(foreign[0])

        for step in range(_STEPS):
            frozen.move(attacker.random.choice([0, 0, 3600]))
            before = len(attacker.held)
            attacker.step()
            assert attacker.rights() <= at_first, f"seed {seed}, step {step}"
            made += len(attacker.held) - before
            refused += len(attacker.held) == before

        assert find(foreign[0]) == other_at_first, f"seed {seed}: another key with pixel:keys was changed"
    assert made > _SEQUENCES / 2  # the attacker does get keys
    assert refused > _SEQUENCES


@pytest.mark.usefixtures("tables")
def test_a_maker_that_is_revoked_or_narrowed_meanwhile_makes_nothing() -> None:
    store, workspace_id = function_store(), _workspace()
    new = NewKey(scopes=("pixel:read", "pixel:keys"), website_ids=("admx_1", "admx_2"))
    raw, maker = api_keys.create_key(store, workspace_id, new)
    narrower = checked(KeyChanges, {"website_ids": ["admx_1"]})
    api_keys.update_key(store, maker.key_id, narrower)
    wide = checked(RequestedKey, {"name": "x", "scopes": ["pixel:read"], "website_ids": ["admx_2"]})

    with pytest.raises(ApiError, match="not_grantable"):
        api_keys.create_key(store, workspace_id, wide, maker=maker)
    api_keys.revoke_key(store, maker.key_id)
    with pytest.raises(ApiError, match="api_key_revoked"):
        api_keys.create_key(store, workspace_id, wide, maker=maker)

    assert keys.find(raw) == find_key(store, maker.key_id)
