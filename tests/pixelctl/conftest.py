"""A deployed stack on moto's server, the command run as a user runs it, and a hand on the wire between the two."""

import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
import botocore.httpsession
import botocore.loaders
import botocore.session
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from pixelctl import arguments
from pixelctl.__main__ import main
from pixelctl.api_keys import create_key
from pixelctl.target import Target
from pixelctl.workspaces import Workspace, create_workspace
from tests.stores import STACK
from tests.template import document

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

Parameters = dict[str, Any]
Perform = Callable[[Parameters], Any]
Reaction = Callable[[Perform, Parameters], Any]


class Outcome(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Outcome]


class Wire:
    """Every AWS call passes here: it is noted, and a test may answer it in its own way."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Parameters]] = []
        self._reactions: dict[str, list[Reaction]] = {}
        self._always: dict[str, Reaction] = {}

    def once(self, operation: str, reaction: Reaction) -> None:
        self._reactions.setdefault(operation, []).append(reaction)

    def always(self, operation: str, reaction: Reaction) -> None:
        self._always[operation] = reaction

    def made(self, operation: str) -> list[Parameters]:
        return [parameters for name, parameters in self.calls if name == operation]

    def call(self, operation: str, parameters: Parameters, perform: Perform) -> Any:
        self.calls.append((operation, parameters))
        if waiting := self._reactions.get(operation):
            return waiting.pop(0)(perform, parameters)
        if operation in self._always:
            return self._always[operation](perform, parameters)
        return perform(parameters)


def refused(operation: str, code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


def fails(operation: str, code: str = "ServiceUnavailable") -> Reaction:
    def react(_perform: Perform, _parameters: Parameters) -> Any:
        raise refused(operation, code)

    return react


def loses_answer(operation: str) -> Reaction:
    """The call takes effect, but nobody hears of it."""

    def react(perform: Perform, parameters: Parameters) -> Any:
        perform(parameters)
        raise refused(operation, "ServiceUnavailable")

    return react


def first(action: Callable[[], object]) -> Reaction:
    """Something else happens just before the call."""

    def react(perform: Perform, parameters: Parameters) -> Any:
        action()
        return perform(parameters)

    return react


@pytest.fixture(scope="session", autouse=True)
def made_once() -> Iterator[None]:
    """A command makes its parser, a session and a client of each service once. We run hundreds of commands: where these
    would come out the same, they are."""
    create_client = botocore.session.Session.create_client
    clients: dict[object, BaseClient] = {}

    @cache
    def session_in(_environment: object, **given: Any) -> boto3.Session:
        return boto3.session.Session(**given)

    def client_in(session: botocore.session.Session, service: str, *words: Any, **given: Any) -> BaseClient:
        made_of = (_aws_environment(), session, service, words, *given.items())
        if made_of not in clients:
            clients[made_of] = create_client(session, service, *words, **given)
        return clients[made_of]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arguments, "_parser", cache(arguments._parser))
        patch.setattr(boto3, "Session", lambda **given: session_in(_aws_environment(), **given))
        patch.setattr(botocore.session.Session, "create_client", client_in)
        patch.setattr(botocore.session, "create_loader", cache(botocore.loaders.create_loader))
        patch.setattr(
            botocore.httpsession, "create_urllib3_context", cache(botocore.httpsession.create_urllib3_context)
        )
        yield


def _aws_environment() -> frozenset[tuple[str, str]]:
    return frozenset((name, value) for name, value in os.environ.items() if name.startswith("AWS_"))


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    recorder = Wire()
    original: Callable[..., Any] = vars(BaseClient)["_make_api_call"]

    def make_api_call(client: BaseClient, operation: str, parameters: Parameters) -> Any:
        return recorder.call(operation, parameters, lambda changed: original(client, operation, changed))

    monkeypatch.setattr(BaseClient, "_make_api_call", make_api_call)
    return recorder


@pytest.fixture
def plans(tables: "DynamoDBServiceResource", aws_server: str) -> dict[str, str]:
    """Usage plans as template.yaml declares them; moto's CloudFormation knows none."""
    gateway = boto3.client("apigateway", endpoint_url=aws_server)
    ids = {}
    for logical_id, resource in document.of_type("AWS::ApiGateway::UsagePlan").items():
        throttle = resource["Properties"]["Throttle"]
        ids[logical_id] = gateway.create_usage_plan(
            name=logical_id, throttle={"rateLimit": throttle["RateLimit"], "burstLimit": throttle["BurstLimit"]}
        )["id"]
    return ids


@pytest.fixture
def stack(plans: dict[str, str], wire: Wire) -> Wire:
    """The stack as AWS would show it: with its usage plans, and strict about two plans for one key."""

    def list_with_plans(perform: Perform, parameters: Parameters) -> Any:
        answer = perform(parameters)
        answer["StackResourceSummaries"] += [
            {"LogicalResourceId": logical_id, "PhysicalResourceId": plan_id} for logical_id, plan_id in plans.items()
        ]
        return answer

    def refuse_second_plan(perform: Perform, parameters: Parameters) -> Any:
        if placed(parameters["keyId"], plans):
            raise refused("CreateUsagePlanKey", "ConflictException", "two plans with the same API stage")
        return perform(parameters)

    wire.always("ListStackResources", list_with_plans)
    wire.always("CreateUsagePlanKey", refuse_second_plan)
    return wire


@pytest.fixture
def run(stack: Wire, capsys: pytest.CaptureFixture[str]) -> Run:
    def run_command(*words: str, stack_named: str = STACK) -> Outcome:
        capsys.readouterr()
        with pytest.MonkeyPatch.context() as shell:
            shell.setenv("PIXEL_STACK", stack_named)
            try:
                status = main(list(words))
            except SystemExit as stop:
                status = int(stop.code or 0)
        return Outcome(status, *capsys.readouterr())

    return run_command


@pytest.fixture
def target(stack: Wire) -> Target:
    return Target.aws(STACK)


@pytest.fixture
def workspace(target: Target) -> Workspace:
    return create_workspace(target, "Acme")


@pytest.fixture
def key_id(target: Target, workspace: Workspace) -> str:
    return create_key(target, workspace.workspace_id, name="backend", scopes=["pixel:read"])[1].key_id


@pytest.fixture
def plans_of(plans: dict[str, str]) -> Callable[[str], set[str]]:
    return lambda key_id: placed(key_id, plans)


def placed(key_id: str, plans: dict[str, str]) -> set[str]:
    gateway = boto3.client("apigateway")
    holding = {plan["id"] for plan in gateway.get_usage_plans(keyId=key_id)["items"]}
    return {logical_id for logical_id, plan_id in plans.items() if plan_id in holding}


@pytest.fixture
def stored_keys(tables: "DynamoDBServiceResource") -> Callable[[], list[Any]]:
    return lambda: list(tables.Table("test-keys").scan()["Items"])


@pytest.fixture
def gateway_keys(stack: Wire) -> Callable[[], list[Any]]:
    return lambda: list(boto3.client("apigateway").get_api_keys(includeValues=True)["items"])
