"""Commands at the same time, and reads that come too early, leave nothing that disagrees."""

import pytest

from pixelctl import tables
from pixelctl.api_keys import create_key, find_key, revoke_key, rotate_key
from pixelctl.failures import ControlError
from pixelctl.provisioning import set_limit
from pixelctl.target import Target
from pixelctl.workspaces import Workspace
from tests.pixelctl.conftest import Run, Wire, first


@pytest.mark.parametrize("rotates", [False, True])
def test_a_key_made_during_a_set_limit_gets_the_new_limit(
    target: Target, stack: Wire, workspace: Workspace, key_id: str, *, rotates: bool
) -> None:
    stack.once("TransactWriteItems", first(lambda: set_limit(target, workspace.workspace_id, 90)))

    record = rotate_key(target, key_id)[1].record if rotates else create_key(target, workspace.workspace_id)[1]

    assert record.rate_limit == 90
    assert find_key(target, record.key_id) == record


def test_a_slower_set_limit_does_not_leave_its_limit_on_keys(
    run: Run, target: Target, stack: Wire, workspace: Workspace, key_id: str
) -> None:
    stack.once("Scan", first(lambda: set_limit(target, workspace.workspace_id, 90)))

    outcome = run("workspace", "set-limit", workspace.workspace_id, "80")

    assert outcome.status == 1
    assert "at the same time; run the same command again" in outcome.err
    assert find_key(target, key_id).rate_limit == 90


def test_an_index_that_lags_hides_no_key(run: Run, target: Target, stack: Wire, workspace: Workspace) -> None:
    record = create_key(target, workspace.workspace_id)[1]
    stack.always("Query", lambda perform, parameters: {**perform(parameters), "Items": []})

    assert run("workspace", "set-limit", workspace.workspace_id, "90", "--json").json["keys_changed"] == 1
    assert run("key", "revoke", record.key_id).status == 0
    assert [call["ConsistentRead"] for call in stack.made("Scan")] == [True, True]


def test_two_revocations_at_once_agree(target: Target, stack: Wire, key_id: str) -> None:
    stack.once("TransactWriteItems", first(lambda: revoke_key(target, key_id)))

    record, changed = revoke_key(target, key_id)

    assert not changed
    assert record.revoked_at is not None


def test_a_key_that_never_stops_changing_is_given_up(target: Target, stack: Wire, key_id: str) -> None:
    def refuse(*_: object) -> None:
        raise tables.WriteRefusedError([])

    stack.always("TransactWriteItems", refuse)

    for action in (revoke_key, rotate_key):
        with pytest.raises(ControlError, match="at the same time; run the command again"):
            action(target, key_id)
