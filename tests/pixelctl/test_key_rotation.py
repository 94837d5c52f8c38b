"""pixelctl key rotate: a like key comes, and the old one goes at once or in time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pixel.foundation.clock import to_iso
from pixel.workspaces.api_keys import create_key
from pixel.workspaces.key_models import NewKey
from pixel.workspaces.workspace import Workspace
from pixelctl.target import Target
from tests.conftest import Frozen
from tests.pixelctl.conftest import Run
from tests.pixelctl.stored import SHOWN, find


def test_rotate_makes_a_like_key_and_revokes_the_old(run: Run, target: Target, workspace: Workspace) -> None:
    new = NewKey(name="backend", scopes=("pixel:read",), test=True)
    raw, old = create_key(target.store, workspace.workspace_id, new)

    outcome = run("key", "rotate", old.key_id, "--json")

    assert outcome.json.keys() == SHOWN | {"key", "replaced", "effective_within_seconds"}
    assert outcome.json["replaced"]["key_id"] == old.key_id
    assert outcome.json["replaced"]["status"] == "revoked"
    like, replaced = find(outcome.json["key"]), find(raw)
    assert replaced.revoked_at is not None
    assert outcome.json["key"].startswith("pixel_test_")
    assert like.key_id != old.key_id
    for field in ("workspace_id", "name", "scopes", "rate_limit", "usage_plan_key", "expires_at", "revoked_at"):
        assert getattr(like, field) == getattr(old, field), field


@pytest.mark.parametrize(
    ("old_expires", "grace", "ends"),
    [("never", "24h", 24), ("48h", "24h", 24), ("12h", "24h", 12), ("never", "1w", 168)],
)
def test_grace_ends_the_old_key_later_but_never_later_than_it_would_have(
    run: Run, *, workspace: Workspace, frozen: Frozen, old_expires: str, grace: str, ends: int
) -> None:
    old = run("key", "create", workspace.workspace_id, "--expires", old_expires, "--json").json

    outcome = run("key", "rotate", old["key_id"], "--grace", grace, "--json").json

    expected = to_iso(datetime.fromtimestamp(frozen.seconds, UTC) + timedelta(hours=ends))
    assert outcome["replaced"]["expires_at"] == expected
    assert outcome["replaced"]["revoked_at"] is None
    stored = {row["key_id"]: row for row in run("key", "list", workspace.workspace_id, "--json").json}
    assert stored[old["key_id"]]["expires_at"] == expected
    assert f"works until {expected}" in run("key", "rotate", old["key_id"], "--grace", "9999w").out


def test_a_rotated_key_lives_as_long_as_the_old_one_did(run: Run, workspace: Workspace, frozen: Frozen) -> None:
    old = run("key", "create", workspace.workspace_id, "--expires", "2d", "--json").json
    frozen.move(86400)

    new = run("key", "rotate", old["key_id"], "--json").json

    assert old["expires_at"] == "2026-03-06T05:06:10Z"
    assert new["expires_at"] == "2026-03-07T05:06:10Z"
    assert run("key", "rotate", new["key_id"], "--expires", "never", "--json").json["expires_at"] is None


@pytest.mark.parametrize(("own", "expected"), [("never", None), ("90d", "2026-06-02T05:06:10Z")])
def test_a_key_in_its_grace_period_gives_its_own_lifetime_to_another_key(
    run: Run, workspace: Workspace, frozen: Frozen, own: str, expected: str | None
) -> None:
    old = run("key", "create", workspace.workspace_id, "--expires", own, "--json").json
    run("key", "rotate", old["key_id"], "--grace", "24h")
    assert expected is None or frozen.seconds

    again = run("key", "rotate", old["key_id"], "--grace", "48h", "--json").json
    third = run("key", "rotate", old["key_id"], "--json").json

    assert (again["expires_at"], third["expires_at"]) == (expected, expected)
    assert again["replaced"]["expires_at"] == "2026-03-05T05:06:10Z", "the grace period is not extended"
    assert third["replaced"]["status"] == "revoked"


def test_a_key_of_an_earlier_version_can_be_rotated(run: Run, target: Target, workspace: Workspace) -> None:
    raw, _ = create_key(target.store, workspace.workspace_id, NewKey())
    item = find(raw).to_item()
    del item["own_expires_at"]
    target.database.put(target.store.keys_table, item)

    replaced = run("key", "rotate", str(item["key_id"]), "--grace", "24h", "--json").json["replaced"]

    assert replaced["expires_at"] is not None
    assert find(raw).own_expires_at is None
    assert run("key", "rotate", str(item["key_id"]), "--json").json["expires_at"] is None


def test_a_key_to_the_end_of_time_can_be_rotated(run: Run, workspace: Workspace) -> None:
    old = run("key", "create", workspace.workspace_id, "--expires", "9999-12-31", "--json").json

    # The same lifetime from now on, so that a second may have passed.
    assert run("key", "rotate", old["key_id"], "--json").json["expires_at"].startswith("9999-12-31T00:00:0")


def test_a_revoked_key_cannot_be_rotated(run: Run, key_id: str, stored_keys: Callable[[], list[Any]]) -> None:
    run("key", "revoke", key_id)

    outcome = run("key", "rotate", key_id)

    assert outcome.status == 1
    assert "was revoked at" in outcome.err
    assert len(stored_keys()) == 1


def test_rotate_gives_the_limit_that_the_workspace_has_now(run: Run, workspace: Workspace, key_id: str) -> None:
    run("workspace", "set-limit", workspace.workspace_id, "120")

    assert run("key", "rotate", key_id, "--json").json["rate_limit"] == 120
