"""A store on moto's server, and what a workspace may own."""

import boto3
import pytest

from pixel.aws.usage_plans import UsagePlanService
from pixel.workspaces.api_keys import create_key
from pixel.workspaces.key_models import NewKey
from pixel.workspaces.plans import UsagePlans
from pixel.workspaces.provisioning import NewWorkspace, create_workspace
from pixel.workspaces.store import Store, function_store
from pixel.workspaces.workspace import Workspace
from tests.provisioned import Wire, aws, gateway_keys, plans, plans_of, stored_keys, wire  # noqa: F401 - fixtures
from tests.unit.workspaces.records_given import new_goal, new_website


@pytest.fixture
def store(aws: Wire) -> Store:  # noqa: F811 - a fixture
    return function_store()


@pytest.fixture
def usage_plans(aws: Wire, plans: dict[str, str]) -> UsagePlans:  # noqa: F811 - fixtures
    return UsagePlans(UsagePlanService(boto3.client("apigateway")), plans)


@pytest.fixture
def workspace(store: Store, usage_plans: UsagePlans) -> Workspace:
    return create_workspace(store, usage_plans, NewWorkspace(name="Acme"))


@pytest.fixture
def key_id(store: Store, workspace: Workspace) -> str:
    return create_key(store, workspace.workspace_id, NewKey(name="backend", scopes=("pixel:read",)))[1].key_id


@pytest.fixture
def website_id(store: Store, workspace: Workspace) -> str:
    return new_website(store, workspace)


@pytest.fixture
def goal_id(store: Store, workspace: Workspace, website_id: str) -> str:
    return new_goal(store, workspace, website_id)
