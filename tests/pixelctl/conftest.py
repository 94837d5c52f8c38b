"""A deployed stack on moto's server, and the command run as a user runs it."""

import json
import os
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
import botocore.httpsession
import botocore.loaders
import botocore.session
import pytest
from botocore.client import BaseClient

from pixel.workspaces.api_keys import create_key
from pixel.workspaces.key_models import NewKey
from pixel.workspaces.provisioning import NewWorkspace, create_workspace
from pixel.workspaces.workspace import Workspace
from pixelctl.__main__ import main
from pixelctl.target import Target
from tests import moto_in_process
from tests.provisioned import (  # noqa: F401 - fixtures among them
    Parameters,
    Perform,
    Wire,
    aws,
    gateway_keys,
    plans,
    plans_of,
    stored_keys,
    wire,
)
from tests.stores import STACK

if TYPE_CHECKING:
    pass


class Outcome(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture(scope="session", autouse=True)
def made_once() -> Iterator[None]:
    """Share the session and the clients between hundreds of commands that would each create their own."""
    create_client = botocore.session.Session.create_client
    clients: dict[object, BaseClient] = {}

    @cache
    def session_in(_environment: object, **given: Any) -> boto3.Session:
        session = boto3.session.Session(**given)
        moto_in_process.lead_here(session)
        return session

    def client_in(session: botocore.session.Session, service: str, *words: Any, **given: Any) -> BaseClient:
        made_of = (_aws_environment(), session, service, words, *given.items())
        if made_of not in clients:
            clients[made_of] = create_client(session, service, *words, **given)
        return clients[made_of]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boto3, "Session", lambda **given: session_in(_aws_environment(), **given))
        patch.setattr(botocore.session.Session, "create_client", client_in)
        patch.setattr(botocore.session, "create_loader", cache(botocore.loaders.create_loader))
        patch.setattr(
            botocore.httpsession, "create_urllib3_context", cache(botocore.httpsession.create_urllib3_context)
        )
        yield


@pytest.fixture(autouse=True)
def described_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what moto says of the stack, which no test changes: moto takes half of a command's time to write it."""
    call: Callable[..., Any] = vars(BaseClient)["_make_api_call"]

    def call_or_remember(client: BaseClient, operation: str, parameters: Parameters) -> Any:
        if operation not in _DESCRIPTIONS:
            return call(client, operation, parameters)
        asked = (client.meta.endpoint_url, client.meta.region_name, operation, *sorted(parameters.items()))
        if asked not in _described:
            _described[asked] = call(client, operation, parameters)
        return deepcopy(_described[asked])

    monkeypatch.setattr(BaseClient, "_make_api_call", call_or_remember)


_DESCRIPTIONS = {"DescribeStacks", "ListStackResources"}
_described: dict[object, Any] = {}


def _aws_environment() -> frozenset[tuple[str, str]]:
    return frozenset((name, value) for name, value in os.environ.items() if name.startswith("AWS_"))


@pytest.fixture
def stack(plans: dict[str, str], aws: Wire) -> Wire:  # noqa: F811 - fixtures
    """Describe the stack as AWS would, with its usage plans."""

    def list_with_plans(perform: Perform, parameters: Parameters) -> Any:
        answer = perform(parameters)
        answer["StackResourceSummaries"] += [
            {"LogicalResourceId": logical_id, "PhysicalResourceId": plan_id} for logical_id, plan_id in plans.items()
        ]
        return answer

    aws.always("ListStackResources", list_with_plans)
    return aws


@pytest.fixture
def run(stack: Wire, capsys: pytest.CaptureFixture[str]) -> Run:
    def run_command(*words: str, stack_named: str = STACK) -> Outcome:
        capsys.readouterr()
        with pytest.MonkeyPatch.context() as shell:
            shell.setenv("PIXEL_STACK", stack_named)
            status = main(list(words))
        return Outcome(status, *capsys.readouterr())

    return run_command


@pytest.fixture
def target(stack: Wire) -> Target:
    return Target.aws(STACK)


@pytest.fixture
def workspace(target: Target) -> Workspace:
    return create_workspace(target.store, target.usage_plans, NewWorkspace(name="Acme"))


@pytest.fixture
def key_id(target: Target, workspace: Workspace) -> str:
    return create_key(target.store, workspace.workspace_id, NewKey(name="backend", scopes=("pixel:read",)))[1].key_id
