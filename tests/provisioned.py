"""Fixtures of tests that create workspaces: usage plans, a hand on the wire to AWS, and what is there afterwards."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from pixel.aws.json_service import AwsRefusedError, JsonService
from pixel.foundation import JsonObject
from tests.stores import client_of
from tests.template import document

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

Parameters = dict[str, Any]
Perform = Callable[[Parameters], Any]
Reaction = Callable[[Perform, Parameters], Any]

_OF_DYNAMODB = {"GetItem", "Query", "Scan", "TransactWriteItems"}


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


def refused(operation: str, code: str, message: str = "no") -> Exception:
    """Return what the client of this operation raises."""
    if operation in _OF_DYNAMODB:
        return AwsRefusedError(f"dynamodb {operation}", 400, {"__type": f"x#{code}", "message": message})
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


def fails(operation: str, code: str = "ServiceUnavailable") -> Reaction:
    def react(_perform: Perform, _parameters: Parameters) -> Any:
        raise refused(operation, code)

    return react


def loses_answer(operation: str) -> Reaction:
    """Let the call take effect, but lose its answer."""

    def react(perform: Perform, parameters: Parameters) -> Any:
        perform(parameters)
        raise refused(operation, "ServiceUnavailable")

    return react


def first(action: Callable[[], object]) -> Reaction:
    """Let something else happen just before the call."""

    def react(perform: Perform, parameters: Parameters) -> Any:
        action()
        return perform(parameters)

    return react


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    recorder = Wire()
    by_boto3: Callable[..., Any] = vars(BaseClient)["_make_api_call"]
    by_layer = JsonService.call

    def make_api_call(client: BaseClient, operation: str, parameters: Parameters) -> Any:
        return recorder.call(operation, parameters, lambda changed: by_boto3(client, operation, changed))

    def call(service: JsonService, operation: str, payload: JsonObject, *, idempotent: bool) -> JsonObject:
        def perform(changed: Parameters) -> Any:
            return by_layer(service, operation, changed, idempotent=idempotent)

        answer: JsonObject = recorder.call(operation, dict(payload), perform)
        return answer

    monkeypatch.setattr(BaseClient, "_make_api_call", make_api_call)
    monkeypatch.setattr(JsonService, "call", call)
    return recorder


@pytest.fixture
def plans(tables: "DynamoDBServiceResource", aws_server: str) -> dict[str, str]:
    """Create the usage plans of template.yaml, which moto's CloudFormation does not support."""
    gateway = client_of("apigateway", aws_server)
    ids = {}
    for logical_id, resource in document.of_type("AWS::ApiGateway::UsagePlan").items():
        throttle = resource["Properties"]["Throttle"]
        ids[logical_id] = gateway.create_usage_plan(
            name=logical_id, throttle={"rateLimit": throttle["RateLimit"], "burstLimit": throttle["BurstLimit"]}
        )["id"]
    return ids


@pytest.fixture
def aws(wire: Wire, plans: dict[str, str]) -> Wire:
    """Return the wire to AWS, which refuses a second plan for one key, as moto does not."""

    def refuse_second_plan(perform: Perform, parameters: Parameters) -> Any:
        if placed(parameters["keyId"], plans):
            raise refused("CreateUsagePlanKey", "ConflictException", "two plans with the same API stage")
        return perform(parameters)

    wire.always("CreateUsagePlanKey", refuse_second_plan)
    return wire


@pytest.fixture
def plans_of(plans: dict[str, str]) -> Callable[[str], set[str]]:
    return lambda key_id: placed(key_id, plans)


def placed(key_id: str, plans: dict[str, str]) -> set[str]:
    gateway = client_of("apigateway", os.environ["AWS_ENDPOINT_URL"])
    holding = {plan["id"] for plan in gateway.get_usage_plans(keyId=key_id)["items"]}
    return {logical_id for logical_id, plan_id in plans.items() if plan_id in holding}


@pytest.fixture
def stored_keys(tables: "DynamoDBServiceResource") -> Callable[[], list[Any]]:
    return lambda: list(tables.Table("test-keys").scan()["Items"])


@pytest.fixture
def gateway_keys(aws: Wire) -> Callable[[], list[Any]]:
    gateway = client_of("apigateway", os.environ["AWS_ENDPOINT_URL"])
    return lambda: list(gateway.get_api_keys(includeValues=True)["items"])
