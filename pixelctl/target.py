"""The stack that a command works on: its tables, its clients, and its physical names by logical id."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

import boto3
import botocore.session
import click
from botocore.config import Config
from botocore.exceptions import ClientError, NoCredentialsError

from pixel.aws.json_service import JsonService
from pixel.aws.tables import PROTOCOL, Database
from pixel.aws.usage_plans import UsagePlanService
from pixel.foundation.settings import AwsEnvironment
from pixel.ingest.goal_rows import GoalPublisher
from pixel.ingest.spill import messages_of
from pixel.tinybird import GOALS
from pixel.workspaces.plans import LOGICAL_IDS as USAGE_PLANS
from pixel.workspaces.plans import UsagePlans
from pixel.workspaces.store import Store
from pixelctl.failures import ControlError, error_code
from pixelctl.invocation import CHOOSE_A_STACK, DEFAULT_STACK, Invocation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from botocore.credentials import ReadOnlyCredentials
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef
    from mypy_boto3_sqs import SQSClient

    from pixel.foundation import JsonObject
    from pixel.links.store import LinkStore

# API Gateway throttles changes of usage plans to a few per second, so calls need more attempts.
_AWS: Final = Config(retries={"mode": "standard", "total_max_attempts": 6}, connect_timeout=5, read_timeout=15)
# Without proxies: a proxy that the environment names cannot reach the loopback interface of this machine.
_LOCAL: Final = Config(
    retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=2, read_timeout=15, proxies={}
)
_TIMEOUT_SECONDS: Final = 15.0


class SessionService:
    """A DynamoDB service with the credentials of a boto3 session, which may be renewed between calls."""

    def __init__(self, session: boto3.Session, connect: Callable[[str], Any]) -> None:
        self._session = session
        self._connect = connect
        self._current: tuple[ReadOnlyCredentials, JsonService] | None = None

    def call(self, operation: str, payload: JsonObject, *, idempotent: bool) -> JsonObject:
        return self._service().call(operation, payload, idempotent=idempotent)

    def _service(self) -> JsonService:
        credentials = self._session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        frozen = credentials.get_frozen_credentials()
        if self._current is None or self._current[0] != frozen:
            environment = AwsEnvironment(
                self._address.region_name,
                frozen.access_key or "",
                frozen.secret_key or "",
                frozen.token,
                {"AWS_ENDPOINT_URL_DYNAMODB": self._address.endpoint_url},
            )
            self._current = frozen, JsonService(PROTOCOL, environment, timeout_seconds=_TIMEOUT_SECONDS)
        return self._current[1]

    @cached_property
    def _address(self) -> Any:
        """Return boto3's endpoint of DynamoDB, from the environment, a profile or its own data."""
        return self._connect("dynamodb").meta


@dataclass(frozen=True)
class Target:
    connect: Callable[[str], Any]  # returns the client of a service by its name
    database: Database
    resources: Mapping[str, str]
    auth_cache_ttl_seconds: int | None = None  # None if unknown
    name: str = DEFAULT_STACK
    api_address: str | None = None
    links_address: str | None = None
    is_local: bool = False
    mail_from: str = ""  # empty if mail is off
    edge_secret_version: int | None = None  # which CloudFront sends; None if it does not stand before the stack

    @cached_property
    def store(self) -> Store:
        """Return the store of the workspaces' records, which queues what changed goals count."""
        workspace_table = self.physical_id("WorkspaceTable")
        return Store(
            database=GoalPublisher(self.database.service, workspace_table, self._queue_goals),
            workspace_table=workspace_table,
            keys_table=self.physical_id("ApiKeysTable"),
            secrets_table=self.resources.get("SecretsTable", ""),
            private_allowed=self.is_local,
        )

    def _queue_goals(self, rows: Sequence[str]) -> None:
        """Put rows of goals into the spill queue: this program has no token of Tinybird."""
        for body in messages_of(GOALS, rows):
            self.sqs.send_message(QueueUrl=self.spill_queue, MessageBody=body)

    @cached_property
    def usage_plans(self) -> UsagePlans:
        plan_ids = {logical_id: self.physical_id(logical_id) for logical_id in USAGE_PLANS}
        return UsagePlans(UsagePlanService(self.connect("apigateway")), plan_ids)

    @cached_property
    def sqs(self) -> SQSClient:
        return self.connect("sqs")  # type: ignore[no-any-return]  # the name says which

    def physical_id(self, logical_id: str) -> str:
        try:
            return self.resources[logical_id]
        except KeyError:
            raise ControlError(
                f"The stack has no {logical_id}; deploy this version of Pixel API, or name another stack with --stack."
            ) from None

    @property
    def api_url(self) -> str:
        if self.api_address is None:
            raise ControlError("The stack has no output ApiUrl; deploy this version of Pixel API.")
        return self.api_address

    @cached_property
    def links(self) -> LinkStore:
        """Return the store of short links."""
        from pixel.links.store import LinkStore  # noqa: PLC0415 - only links need the parser of destinations

        own_host = urlsplit(self.links_url).hostname or ""
        return LinkStore(
            database=self.database,
            links_table=self.physical_id("LinksTable"),
            workspace_table=self.physical_id("WorkspaceTable"),
            own_hosts=(own_host,),
        )

    @property
    def links_url(self) -> str:
        if self.links_address is None:
            raise ControlError("The stack has no short links; deploy it with EnableLinks=true first.")
        return self.links_address.rstrip("/")

    @property
    def clicks_queue(self) -> str:
        return self.physical_id("ClicksQueue")

    @property
    def spill_queue(self) -> str:
        return self.physical_id("SpillQueue")

    @property
    def ingest_queue(self) -> str:
        if "IngestQueue" not in self.resources:
            raise ControlError(
                "The stack has no ingest queue, which replayed events need; deploy it with EnableQueue=true first."
            )
        return self.physical_id("IngestQueue")

    @property
    def dead_letter_queue(self) -> str:
        return self.physical_id("DeadLetterQueue")

    @classmethod
    def aws(cls, stack: str = DEFAULT_STACK, *, region: str | None = None, profile: str | None = None) -> Self:
        # boto3 reads only AWS_DEFAULT_REGION; Lambda and most other tools use AWS_REGION.
        region = region or os.environ.get("AWS_REGION")
        session = boto3.Session(region_name=region, profile_name=profile)
        cloudformation = session.client("cloudformation", config=_AWS)
        described = _describe(cloudformation, stack)
        parameters = {entry["ParameterKey"]: entry["ParameterValue"] for entry in described.get("Parameters", [])}
        outputs = {entry["OutputKey"]: entry["OutputValue"] for entry in described.get("Outputs", [])}
        ttl = parameters.get("AuthCacheTtlSeconds")
        connect = partial(session.client, config=_AWS)
        return cls(
            connect=connect,
            database=Database(SessionService(session, connect)),
            resources=_stack_resources(cloudformation, stack),
            auth_cache_ttl_seconds=None if ttl is None else int(ttl),
            name=stack,
            api_address=outputs.get("ApiUrl"),
            links_address=outputs.get("LinksUrl"),
            mail_from=parameters.get("MailFrom", ""),
            edge_secret_version=int(parameters["EdgeSecretVersion"]) if "EdgeUrl" in outputs else None,
        )

    @classmethod
    def local(cls, stack_file: Path) -> Self:
        """Return the running embedded stack that wrote this stack.json."""
        stack = read_stack_file(stack_file, "aws_endpoint_url", "dynamodb_endpoint_url", "resources")
        # The profile that the environment names is ignored: it need not exist to work on this machine.
        bare = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
        bare.set_credentials("test", "test")
        session = boto3.Session(botocore_session=bare, region_name=stack.get("region", "us-east-1"))

        def connect(service: str) -> Any:
            return session.client(
                service,  # type: ignore[call-overload]  # the stubs have one overload per literal name
                endpoint_url=stack["dynamodb_endpoint_url" if service == "dynamodb" else "aws_endpoint_url"],
                config=_LOCAL,
            )

        return cls(
            connect=connect,
            database=Database(SessionService(session, connect)),
            resources=stack["resources"],
            auth_cache_ttl_seconds=stack.get("auth_cache_ttl_seconds"),
            name=stack.get("stack_name", DEFAULT_STACK),
            api_address=stack.get("api_url"),
            links_address=stack.get("links_url"),
            is_local=True,
            mail_from=stack.get("mail_from", ""),
        )


def connect(call: Invocation) -> Target:
    """Return the stack that the options choose."""
    if call.url:
        raise click.UsageError("--url names an API, but this command works on a stack; choose one with --stack")
    if not call.local:
        return Target.aws(call.stack_name, region=call.region, profile=call.profile)
    if elsewhere := [name for name in CHOOSE_A_STACK if getattr(call, name)]:
        raise click.UsageError(f"--local and --{elsewhere[0]} choose different stacks; give only one of them")
    return Target.local(find_stack_file())


def find_stack_file() -> Path:
    """Return stack.json in the folder that PIXEL_LOCAL_DIR names, or in .local of this or the nearest parent folder."""
    if folder := os.environ.get("PIXEL_LOCAL_DIR"):
        return Path(folder) / "stack.json"
    here = Path.cwd()
    for parent in (here, *here.parents):
        if (file := parent / ".local" / "stack.json").is_file():
            return file
    raise ControlError(
        "There is no .local/stack.json in this folder or above; start the local stack with `make run`, "
        "or name its folder in PIXEL_LOCAL_DIR."
    )


def read_stack_file(stack_file: Path, *required: str) -> dict[str, Any]:
    try:
        stack = dict(json.loads(stack_file.read_text()))
        return stack | {name: stack[name] for name in required}
    except FileNotFoundError:
        raise ControlError(f"{stack_file} does not exist; start the local stack with `make run`.") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise ControlError(
            f"{stack_file} is not a valid stack.json; start the local stack again with `make run`."
        ) from None


def _describe(cloudformation: CloudFormationClient, stack: str) -> StackTypeDef:
    try:
        [found] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as failure:
        if error_code(failure) != "ValidationError":
            raise
        raise ControlError(
            f'There is no stack "{stack}" in {cloudformation.meta.region_name}; name it with --stack, '
            "choose the Region with --region, or deploy it with `sam deploy`."
        ) from failure
    return found


def _stack_resources(cloudformation: CloudFormationClient, stack: str) -> dict[str, str]:
    """Read the resources page by page: DescribeStackResources stops at 100 of them."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return {
        entry["LogicalResourceId"]: entry["PhysicalResourceId"]
        for page in pages
        for entry in page["StackResourceSummaries"]
        if entry.get("PhysicalResourceId")
    }
