"""pixelctl key: what an operator sees, and what is stored afterwards."""

import logging
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from pixel.auth import keys
from pixel.auth.keys import KeyRecord
from pixel.workspaces.api_keys import create_key
from pixel.workspaces.key_models import SCOPES, NewKey
from pixel.workspaces.workspace import Workspace
from pixelctl.target import Target
from tests.conftest import Frozen
from tests.environment import TABLE_NAMES
from tests.pixelctl.conftest import Run
from tests.pixelctl.stored import SHOWN, find
from tests.provisioned import Wire

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource


def test_create_gives_a_key_that_the_authorizer_finds(run: Run, workspace: Workspace) -> None:
    outcome = run(
        "key", "create", workspace.workspace_id, "--scopes", "pixel:write,pixel:read", "--name", "backend", "--json"
    )

    assert outcome.status == 0
    assert outcome.json.keys() == SHOWN | {"key"}
    assert outcome.json["key"].startswith("pixel_live_")
    record = find(outcome.json["key"])
    assert record == KeyRecord(
        key_hash=keys.digest(outcome.json["key"]),
        key_id=outcome.json["key_id"],
        workspace_id=workspace.workspace_id,
        name="backend",
        key_prefix=outcome.json["key"][:15],
        scopes=("pixel:read", "pixel:write"),
        created_at=record.created_at,
        expires_at=None,
        own_expires_at=None,
        revoked_at=None,
        rate_limit=60,
        usage_plan_key=workspace.usage_plan_key,
    )
    assert re.fullmatch(r"key_[0-9a-z]{20}", record.key_id)


def test_create_says_that_a_key_without_scopes_may_call_only_me(run: Run, workspace: Workspace) -> None:
    without = run("key", "create", workspace.workspace_id).out
    scoped = run("key", "create", workspace.workspace_id, "--scopes", "pixel:read").out

    advice = f"pixelctl key create {workspace.workspace_id} --scopes pixel:read,pixel:write --stack pixel"
    assert without.endswith(f"This key has no scopes, so it may call only /me. Create one with scopes by: {advice}\n")
    assert "no scopes" not in scoped


def test_create_prints_the_key_once_and_says_so(run: Run, workspace: Workspace) -> None:
    out = run("key", "create", workspace.workspace_id, "--test").out

    [raw] = re.findall(r"pixel_test_\w{49}", out)
    assert keys.is_well_formed(raw)
    assert "it is not shown again" in out
    assert workspace.usage_plan_key not in out
    assert keys.digest(raw) not in out


def test_a_key_without_scopes_is_allowed(run: Run, workspace: Workspace) -> None:
    assert run("key", "create", workspace.workspace_id, "--json").json["scopes"] == []


@pytest.mark.parametrize("scopes", ["read", "pixel:read,pixel:admin", "pixel:*", "PIXEL:READ"])
def test_unknown_scopes_are_refused(run: Run, stack: Wire, scopes: str) -> None:
    outcome = run("key", "create", "ws_1", "--scopes", scopes)

    assert outcome.status == 2
    assert f"--scopes must contain only scopes that exist: {', '.join(SCOPES)}." in outcome.err
    assert stack.calls == []


def test_all_faults_are_named_at_once(run: Run, stack: Wire) -> None:
    outcome = run("key", "create", "ws_1", "--expires", "yesterday", "--name", "", "--scopes", "foo")
    rotation = run("key", "rotate", "key_1", "--expires", "yesterday", "--grace", "later")

    assert (outcome.status, rotation.status) == (2, 2)
    expiry = '--expires: "yesterday" is not an expiry; write 90d, 12h, 2w, 2030-12-31, 2030-12-31T18:00:00Z or never.'
    assert outcome.err.removeprefix("pixelctl: ").splitlines()[:-1] == [
        "these values cannot be used:",
        f"  {expiry}",
        "  --name must have 1 to 100 printable characters.",
        f"  --scopes must contain only scopes that exist: {', '.join(SCOPES)}.",
    ]
    assert rotation.err.splitlines()[1:-1] == [
        f"  {expiry}",
        '  --grace: "later" is not a duration; write up to four digits and h, d or w, such as 24h.',
    ]
    assert stack.calls == []


def test_a_key_for_an_unknown_workspace_is_refused(run: Run, stored_keys: Callable[[], list[Any]]) -> None:
    outcome = run("key", "create", "ws_none")

    assert (outcome.status, outcome.out) == (1, "")
    assert 'There is no workspace "ws_none"' in outcome.err
    assert stored_keys() == []


@pytest.mark.parametrize("command", [["key", "create"], ["key", "rotate"]])
def test_the_raw_key_is_stored_sent_and_logged_nowhere(
    run: Run,
    *,
    workspace: Workspace,
    key_id: str,
    stack: Wire,
    tables: "DynamoDBServiceResource",
    caplog: pytest.LogCaptureFixture,
    command: list[str],
) -> None:
    caplog.set_level(logging.DEBUG)

    raw = run(*command, key_id if "rotate" in command else workspace.workspace_id, "--json").json["key"]

    secret = raw.removeprefix(keys.shown_prefix(raw))
    items = [item for table in TABLE_NAMES.values() for item in tables.Table(table).scan()["Items"]]
    assert any(keys.digest(raw) in str(item) for item in items)
    assert secret not in str(items)
    assert secret not in str(stack.calls)
    assert caplog.text
    assert secret not in caplog.text
    assert secret not in run("key", "list", workspace.workspace_id, "--json").out


def test_list_shows_states_oldest_first(run: Run, workspace: Workspace, frozen: Frozen) -> None:
    made = []
    for options in (["--expires", "1h"], ["--name", "second", "--scopes", "pixel:read"], []):
        made.append(run("key", "create", workspace.workspace_id, *options, "--json").json["key_id"])
        frozen.move(60)
    run("key", "revoke", made[2])
    frozen.move(3600)

    rows = run("key", "list", workspace.workspace_id, "--json").json
    lines = run("key", "list", workspace.workspace_id).out.splitlines()

    assert [row["key_id"] for row in rows] == made
    assert [row["status"] for row in rows] == ["expired", "active", "revoked"]
    assert rows[0].keys() == SHOWN
    assert lines[0].split()[:4] == ["KEY_ID", "NAME", "KEY_PREFIX", "SCOPES"]
    assert lines[2].split()[1:5] == ["second", rows[1]["key_prefix"], "pixel:read", "active"]


def test_list_knows_when_a_workspace_has_no_keys_and_when_it_is_none(run: Run, workspace: Workspace) -> None:
    assert run("key", "list", workspace.workspace_id, "--json").json == []
    assert "No keys yet" in run("key", "list", workspace.workspace_id).out
    assert run("key", "list", "ws_none").status == 1


def test_list_follows_pages(run: Run, target: Target, workspace: Workspace, stack: Wire) -> None:
    for _ in range(3):
        create_key(target.store, workspace.workspace_id, NewKey())
    stack.always("Query", lambda perform, parameters: perform(parameters | {"Limit": 1}))

    assert len(run("key", "list", workspace.workspace_id, "--json").json) == 3


def test_revoke_ends_a_key_and_says_when(run: Run, target: Target, workspace: Workspace) -> None:
    raw, record = create_key(target.store, workspace.workspace_id, NewKey())

    outcome = run("key", "revoke", record.key_id)

    assert outcome == (0, f"{record.key_id} is revoked; that takes effect at once.\n", "")
    assert find(raw).revoked_at is not None


def test_revoke_again_changes_nothing(run: Run, key_id: str, frozen: Frozen) -> None:
    first_time = run("key", "revoke", key_id, "--json").json
    frozen.move(3600)

    second_time = run("key", "revoke", key_id, "--json")

    assert second_time.status == 0
    assert first_time["changed"] is True
    assert second_time.json == first_time | {"changed": False}
    assert second_time.json["revoked_at"] == "2026-03-04T05:06:10Z"
    assert "was revoked already, at 2026-03-04T05:06:10Z" in run("key", "revoke", key_id).out


def test_revoke_knows_how_long_answers_are_cached(run: Run, key_id: str, stack: Wire) -> None:
    def with_cache(perform: Callable[[Any], Any], parameters: Any) -> Any:
        answer = perform(parameters)
        [found] = answer["Stacks"]
        found["Parameters"] = [{"ParameterKey": "AuthCacheTtlSeconds", "ParameterValue": "300"}]
        return answer

    stack.always("DescribeStacks", with_cache)

    assert run("key", "revoke", key_id, "--json").json["effective_within_seconds"] == 300


@pytest.mark.parametrize("command", ["revoke", "rotate"])
def test_an_unknown_key_is_said_in_one_line(run: Run, command: str) -> None:
    outcome = run("key", command, "key_none")

    assert (outcome.status, outcome.out) == (1, "")
    assert (
        outcome.err
        == 'pixelctl: There is no key "key_none"; `pixelctl key list <workspace>` lists the existing ones.\n'
    )


@pytest.mark.parametrize("command", ["revoke", "rotate"])
def test_a_raw_key_in_place_of_an_id_is_not_repeated(run: Run, command: str) -> None:
    raw = keys.generate()

    outcome = run("key", command, raw)

    assert outcome.status == 1
    assert "by its id" in outcome.err
    assert raw not in outcome.out + outcome.err


def create_website(run: Run, workspace: Workspace) -> str:
    options = ("--domain", "shop.example.com", "--name", "Shop", "--json")
    return str(run("website", "create", workspace.workspace_id, *options).json["id"])


def test_a_key_is_bound_to_websites_that_are_there(run: Run, workspace: Workspace) -> None:
    website = create_website(run, workspace)
    command = ("key", "create", workspace.workspace_id, "--scopes", "pixel:manage,pixel:keys", "--websites")

    made = run(*command, website, "--json")
    missing = run(*command, "admx_none")

    assert made.json["website_ids"] == [website]
    assert find(made.json["key"]).website_ids == (website,)
    assert missing.status != 0
    assert "admx_none" in missing.err


def test_an_update_only_takes_away(run: Run, workspace: Workspace) -> None:
    raw = run("key", "create", workspace.workspace_id, "--scopes", "pixel:read,pixel:write", "--json").json
    key_id = raw["key_id"]

    narrowed = run("key", "update", key_id, "--scopes", "pixel:read", "--name", "reports", "--expires", "30d", "--json")
    widened = run("key", "update", key_id, "--scopes", "pixel:read,pixel:manage")
    nothing = run("key", "update", key_id)

    assert (narrowed.json["scopes"], narrowed.json["name"]) == (["pixel:read"], "reports")
    assert find(raw["key"]).scopes == ("pixel:read",)
    assert find(raw["key"]).expires_at is not None
    assert widened.status == 1
    assert "A change can only take rights away" in widened.err
    assert nothing.status != 0
    assert find(raw["key"]).scopes == ("pixel:read",)
