"""Two stacks for the whole tier: the product's own, and one whose template has misbehaving functions beside it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
import urllib3

from pixel.auth.caller import Scope
from pixel.ingest import spill
from pixel.workspaces.api_keys import create_key
from pixel.workspaces.key_models import NewKey
from pixel.workspaces.provisioning import NewWorkspace, create_workspace
from pixel.workspaces.website_kind import WEBSITE
from pixelctl.target import Target
from tests.stack import templates
from tests.stack.chaos.failing_stack import HAS_SOURCES, FailingStack
from tests.stack.kept_rows import as_functions_of, goal, make_tinybird_fail, wait_for
from tests.stack.running import PROJECT, WITHOUT_SOURCES, RunningStack

FUNCTIONS = Path(__file__).parent / "functions"
CACHE_SECONDS = 60


class Tenant(NamedTuple):
    """A workspace of one test, so that no test counts on another's requests."""

    target: Target
    workspace_id: str

    def key(self, *scopes: Scope) -> str:
        return create_key(self.target.store, self.workspace_id, NewKey(name="test", scopes=scopes))[0]

    def add_website(self, website_id: str) -> None:
        website = {
            **WEBSITE.key(self.workspace_id, website_id),
            "id": website_id,
            "domain": "example.com",
            "created_at": "2026-01-01T00:00:00Z",
        }
        self.target.store.database.put(self.target.store.workspace_table, website)


class KeptWhileDown(NamedTuple):
    """Four goals that were queued while Tinybird was down, one of them by the API."""

    workspace_id: str
    key: str
    event_id: str  # of the one that was sent to the API
    fate: dict[str, str]  # of it, while Tinybird was down


@pytest.fixture(scope="session")
def faulty_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Start a stack with a cached authorizer and a small quota, for what the default one cannot show.

    It polls no sources, because it would spend more on them than on its tests.
    """
    folder = tmp_path_factory.mktemp("faulty")
    template = templates.write(folder / "template.json", _with_faulty_functions())
    parameters = (f"--parameter=AuthCacheTtlSeconds={CACHE_SECONDS}", "--parameter=StandardMonthlyQuota=40")
    arguments = ("--no-demo", "--no-warehouse", f"--template={template}", *parameters, *WITHOUT_SOURCES)
    with RunningStack(folder, *arguments) as running:
        yield running


@pytest.fixture(scope="session")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FailingStack]:
    """Start a stack of which everything can fail, for the tests of events and then for those of redirects."""
    running = FailingStack(tmp_path_factory.mktemp("failing"), has_sources=HAS_SOURCES)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def kept_while_down(stack: RunningStack) -> KeptWhileDown:
    """Let goals be queued while Tinybird is down.

    They belong to another datasource than the one that most tests write to.
    """
    tenant = new_tenant(stack)
    tenant.add_website("admx_1")
    key = tenant.key(Scope.READ, Scope.WRITE)
    workspace_id = tenant.workspace_id
    wait_for(lambda: "CanaryPasses" in stack.log("canary"), poll_seconds=0.1)
    make_tinybird_fail(stack, path="/v0/events", status=503)
    with as_functions_of(stack):
        spill.enqueue("custom_goals", [goal(workspace_id, f"{number}") for number in range(3)])
    sent = stack.call(
        "/api/v1/pixel/events",
        method="POST",
        key=key,
        headers={"Content-Type": "application/json"},
        body=json.dumps({"website_id": "admx_1", "name": "custom", "goal_name": "signup"}).encode(),
    )
    event_id = sent.json["data"]["event_id"]
    fate = stack.call(f"/api/v1/pixel/events/{event_id}", key=key).json["data"]
    wait_for(lambda: '"reason":"status 503"' in stack.log("drain_spill"), poll_seconds=0.1)
    urllib3.request("DELETE", f"{stack.state['tinybird_url']}/_faults")
    return KeptWhileDown(workspace_id, key, event_id, fate)


@pytest.fixture
def tenant(stack: RunningStack) -> Tenant:
    return new_tenant(stack)


@pytest.fixture
def cached_tenant(faulty_stack: RunningStack) -> Tenant:
    return new_tenant(faulty_stack)


def new_tenant(running: RunningStack, *, rate_limit: int = 60) -> Tenant:
    target = running.target
    new = NewWorkspace(name=f"test {uuid4()}", rate_limit=rate_limit)
    workspace = create_workspace(target.store, target.usage_plans, new)
    return Tenant(target, workspace.workspace_id)


def _with_faulty_functions() -> dict[str, Any]:
    document = templates.read(PROJECT / "template.yaml")
    resources = document["Resources"]
    resources["StandardUsagePlan"]["Properties"]["Throttle"] = {"RateLimit": 1, "BurstLimit": 125}
    for folder in sorted(FUNCTIONS.iterdir()):
        name = folder.name.capitalize()
        resources[f"{name}Function"] = _function(folder, is_open=folder.name != "guarded")
    return document


def _function(folder: Path, *, is_open: bool) -> dict[str, object]:
    route: dict[str, object] = {"RestApiId": {"Ref": "Api"}, "Path": f"/faulty/{folder.name}/{{id}}", "Method": "POST"}
    if is_open:
        route["Auth"] = {"Authorizer": "NONE", "ApiKeyRequired": False}
    properties = {"CodeUri": str(folder), "Timeout": 2, "Events": {"Route": {"Type": "Api", "Properties": route}}}
    return {"Type": "AWS::Serverless::Function", "Properties": properties}
