"""Changes of keys and limits at the same time, and reads that come too early, leave nothing that disagrees."""

from typing import Any

import pytest

from pixel.aws.tables import WriteRefusedError
from pixel.workspaces.api_keys import create_key, revoke_key, rotate_key
from pixel.workspaces.errors import ConcurrentChangeError
from pixel.workspaces.key_lookup import find_key
from pixel.workspaces.key_models import KeyRotation, NewKey
from pixel.workspaces.plans import UsagePlans
from pixel.workspaces.provisioning import WorkspaceLimit, set_limit
from pixel.workspaces.store import Store
from pixel.workspaces.workspace import Workspace
from tests.provisioned import Parameters, Perform, Wire, first

_90 = WorkspaceLimit(rate_limit=90)


@pytest.mark.parametrize("rotates", [False, True])
def test_a_key_made_during_a_set_limit_gets_the_new_limit(
    store: Store, aws: Wire, usage_plans: UsagePlans, workspace: Workspace, key_id: str, *, rotates: bool
) -> None:
    ws = workspace.workspace_id
    aws.once("TransactWriteItems", first(lambda: set_limit(store, usage_plans, ws, _90)))

    record = rotate_key(store, key_id, KeyRotation())[1].record if rotates else create_key(store, ws, NewKey())[1]

    assert record.rate_limit == 90
    assert find_key(store, record.key_id) == record


def test_a_slower_set_limit_does_not_leave_its_limit_on_keys(
    store: Store, aws: Wire, usage_plans: UsagePlans, workspace: Workspace, key_id: str
) -> None:
    ws = workspace.workspace_id
    aws.once("Scan", first(lambda: set_limit(store, usage_plans, ws, _90)))

    with pytest.raises(ConcurrentChangeError, match="at the same time; try again"):
        set_limit(store, usage_plans, ws, WorkspaceLimit(rate_limit=80))

    assert find_key(store, key_id).rate_limit == 90


def test_an_index_that_lags_hides_no_key(
    store: Store, aws: Wire, usage_plans: UsagePlans, workspace: Workspace
) -> None:
    def without_items(perform: Perform, parameters: Parameters) -> Any:
        return {**perform(parameters), "Items": []}

    record = create_key(store, workspace.workspace_id, NewKey())[1]
    aws.always("Query", without_items)

    assert set_limit(store, usage_plans, workspace.workspace_id, _90)[1] == 1
    assert revoke_key(store, record.key_id).changed
    assert [call["ConsistentRead"] for call in aws.made("Scan")] == [True, True]


def test_two_revocations_at_once_agree(store: Store, aws: Wire, key_id: str) -> None:
    aws.once("TransactWriteItems", first(lambda: revoke_key(store, key_id)))

    record, changed = revoke_key(store, key_id)

    assert not changed
    assert record.revoked_at is not None


def test_a_key_that_never_stops_changing_is_given_up(store: Store, aws: Wire, key_id: str) -> None:
    def refuse(*_: object) -> None:
        raise WriteRefusedError([])

    aws.always("TransactWriteItems", refuse)

    with pytest.raises(ConcurrentChangeError):
        revoke_key(store, key_id)
    with pytest.raises(ConcurrentChangeError):
        rotate_key(store, key_id, KeyRotation())
