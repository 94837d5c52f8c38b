"""A deleted workspace keeps nothing that works, wherever the deletion was interrupted and whatever came in between."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from pixel.aws.json_service import AwsError
from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.alerts import ALERTS, NewAlert
from pixel.workspaces.api_keys import create_key
from pixel.workspaces.errors import ConcurrentChangeError, NotFoundError
from pixel.workspaces.key_lookup import scan_keys
from pixel.workspaces.key_models import NewKey
from pixel.workspaces.kinds import KINDS_OF_A_WEBSITE
from pixel.workspaces.plans import UsagePlans
from pixel.workspaces.provisioning import NewWorkspace, WorkspaceLimit, create_workspace, set_limit
from pixel.workspaces.record_kind import DELETED_AT
from pixel.workspaces.store import Store
from pixel.workspaces.website_kind import WEBSITE
from pixel.workspaces.workspace import Workspace, WorkspaceName, find_workspace, list_workspaces, rename_workspace
from pixel.workspaces.workspace_deletion import count_contents, delete_workspace
from tests.provisioned import Wire, fails, first, loses_answer
from tests.unit.workspaces.records_given import new_goal, new_website, stored_claims, stored_items

_WRITES = ("TransactWriteItems", "DeleteApiKey")


def _furnished(store: Store, plans: UsagePlans, name: str = "Acme", *, of_each: int = 2) -> Workspace:
    """Create a workspace with so many keys and websites, of which one has records of two kinds."""
    made = create_workspace(store, plans, NewWorkspace(name=name))
    for _ in range(of_each):
        create_key(store, made.workspace_id, NewKey(scopes=("pixel:read",)))
    website, *_ = [new_website(store, made, f"{number}.example.com") for number in range(of_each)]
    new_goal(store, made, website)
    alert = NewAlert(website_id=website, metric="visitors", threshold=1, channel="email")
    ALERTS.create(store, made.workspace_id, alert)
    return made


def _require_gone(
    store: Store, gateway_keys: Callable[[], list[Any]], workspace: Workspace, *, of_each: int = 2
) -> None:
    workspace_id = workspace.workspace_id
    assert all(record.revoked_at is not None for record in scan_keys(store, workspace_id))
    assert [store.list_live(kind, workspace_id) for kind in (WEBSITE, *KINDS_OF_A_WEBSITE)] == [[]] * 5
    assert workspace.usage_plan_key_id not in [key["id"] for key in gateway_keys()]
    assert workspace_id not in [one.workspace_id for one in list_workspaces(store)]
    own = [item for item in stored_items() if item["workspace_id"] == workspace_id]
    assert not any(item["item"].startswith("DOMAIN#") for item in own)
    actions = [item["action"] for item in own if item["item"].startswith("AUDIT#")]
    assert [actions.count(what) for what in ("workspace.deleted", "key.revoked", "website.deleted")] == [
        1,
        of_each,
        of_each,
    ]


def test_all_that_a_workspace_has_goes_with_it_and_nothing_of_another(
    store: Store, usage_plans: UsagePlans, gateway_keys: Callable[[], list[Any]]
) -> None:
    workspace, other = _furnished(store, usage_plans), _furnished(store, usage_plans, "Other")
    contents = count_contents(store, workspace.workspace_id)

    deletion = delete_workspace(store, usage_plans, workspace.workspace_id)
    again = delete_workspace(store, usage_plans, workspace.workspace_id)

    assert (deletion.workspace, deletion.changed, deletion.went_with_it) == (workspace, True, contents)
    assert contents.keys == 2
    assert [(kind.noun, number) for kind, number in contents.records if number] == [
        ("website", 2),
        ("goal", 1),
        ("alert", 1),
    ]
    assert (again.deleted_at, again.changed, again.went_with_it.keys) == (deletion.deleted_at, False, 0)
    _require_gone(store, gateway_keys, workspace)
    assert count_contents(store, other.workspace_id) == contents
    assert [one.name for one in list_workspaces(store)] == ["Other"]
    assert other.usage_plan_key_id in [key["id"] for key in gateway_keys()]
    assert sorted(stored_claims()) == ["0.example.com", "1.example.com"]


def test_a_deletion_that_is_interrupted_anywhere_is_finished_by_the_next(
    store: Store, usage_plans: UsagePlans, aws: Wire, gateway_keys: Callable[[], list[Any]]
) -> None:
    whole = _furnished(store, usage_plans, of_each=1)
    aws.calls.clear()
    delete_workspace(store, usage_plans, whole.workspace_id)
    writes = [operation for operation, _ in aws.calls if operation in _WRITES]
    assert len(writes) == 6  # the mark, a key, a website, its goals, its alerts, the key in the usage plan

    # Between two writes it is the same whether the first one loses its answer or the second one fails.
    interruptions: list[tuple[int, Any]] = [(place, fails) for place in range(6)]
    for place, how in [*interruptions, (0, loses_answer), (5, loses_answer)]:
        workspace = _furnished(store, usage_plans, of_each=1)
        operation = writes[place]
        for _ in range(writes[:place].count(operation)):
            aws.once(operation, lambda perform, parameters: perform(parameters))
        aws.once(operation, how(operation))
        with pytest.raises(AwsError) as failure:
            delete_workspace(store, usage_plans, workspace.workspace_id)

        finished = delete_workspace(store, usage_plans, workspace.workspace_id)

        assert finished.changed == ((place, how) == (0, fails))
        assert not place or "delete the workspace again to finish" in failure.value.__notes__[-1]
        _require_gone(store, gateway_keys, workspace, of_each=1)


def test_nothing_can_be_added_to_a_workspace_that_is_deleted_at_the_same_moment(
    store: Store, usage_plans: UsagePlans, aws: Wire, gateway_keys: Callable[[], list[Any]]
) -> None:
    attempts: list[Callable[[str], object]] = [
        lambda workspace_id: create_key(store, workspace_id, NewKey()),
        lambda workspace_id: new_website(store, find_workspace(store, workspace_id), "late.example.com"),
        lambda workspace_id: rename_workspace(store, workspace_id, WorkspaceName(name="Late")),
        lambda workspace_id: set_limit(store, usage_plans, workspace_id, WorkspaceLimit(rate_limit=61)),
    ]
    for attempt in attempts:
        workspace = _furnished(store, usage_plans, of_each=1)
        workspace_id = workspace.workspace_id
        aws.once("TransactWriteItems", first(partial(delete_workspace, store, usage_plans, workspace_id)))

        with pytest.raises((NotFoundError, ConcurrentChangeError)):
            attempt(workspace_id)

        _require_gone(store, gateway_keys, workspace, of_each=1)
        with pytest.raises(NotFoundError) as failure:
            attempt(workspace_id)
        assert failure.value.deleted_at is not None


def test_a_new_name_is_in_the_audit_trail(store: Store, workspace: Workspace) -> None:
    renamed = rename_workspace(store, workspace.workspace_id, WorkspaceName(name="  Acme Europe "))

    assert find_workspace(store, workspace.workspace_id) == renamed == workspace._replace(name="Acme Europe")
    [entry] = [item for item in stored_items() if item.get("action") == "workspace.renamed"]
    assert (entry["record"], entry["key_id"]) == (workspace.workspace_id, "operator")
    assert entry["fields"] == {"name": {"to": "Acme Europe"}}
    assert DELETED_AT not in store.require_workspace(workspace.workspace_id)
    assert store.list_live(ALERT, workspace.workspace_id) == []
