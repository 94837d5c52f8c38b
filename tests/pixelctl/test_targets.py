"""Where pixelctl works, and one sentence for every way in which that can fail."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import exceptions as aws
from botocore.credentials import Credentials
from botocore.parsers import ResponseParserError

from pixel import __version__
from pixel.aws.json_service import AwsUnreachableError, JsonService, Protocol
from pixel.aws.tables import Database
from pixel.foundation.settings import AwsEnvironment
from pixel.workspaces.workspace import Workspace
from pixelctl.failures import ControlError, sentence
from pixelctl.target import SessionService, Target, find_stack_file
from tests import dynamodb_engine
from tests.pixelctl.conftest import Run
from tests.provisioned import Wire, fails, refused
from tests.stores import STACK
from tests.template.document import ROOT


@pytest.fixture
def stack_file(
    plans: dict[str, str], target: Target, aws_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Write the files of the embedded stack, and make their folder the current one."""
    file = tmp_path / ".local" / "stack.json"
    file.parent.mkdir()
    file.write_text(
        json.dumps(
            {
                "aws_endpoint_url": aws_server,
                "dynamodb_endpoint_url": dynamodb_engine.OTHER or aws_server,
                "region": "eu-central-1",
                "resources": dict(target.resources),
                "auth_cache_ttl_seconds": 60,
            }
        )
    )
    (tmp_path / "deeper").mkdir()
    monkeypatch.chdir(tmp_path / "deeper")
    return file


def _change(file: Path, **changes: Any) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def test_local_finds_the_running_stack_from_below(run: Run, stack_file: Path, workspace: Workspace) -> None:
    outcome = run("--local", "key", "create", workspace.workspace_id, "--json")

    assert outcome.status == 0
    revoked = run("key", "revoke", outcome.json["key_id"], "--local").out
    assert "takes effect within 60 seconds" in revoked
    assert run("key", "--local", "list", workspace.workspace_id, "--json").json[0]["status"] == "revoked"


def test_local_needs_nothing_of_the_environment(
    run: Run, stack_file: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_PROFILE", "gone")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    assert [row["name"] for row in run("workspace", "list", "--local", "--json").json] == ["Acme"]


def test_local_says_how_to_go_on_from_a_hint(run: Run, stack_file: Path) -> None:
    assert run("--local", "workspace", "create", "Acme").out.rstrip().endswith("pixel:read,pixel:write --local")


def test_local_reads_the_folder_that_is_named(
    run: Run, stack_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack_file.rename(tmp_path / "stack.json")
    assert run("workspace", "list", "--local").status == 1

    monkeypatch.setenv("PIXEL_LOCAL_DIR", str(tmp_path))

    assert find_stack_file() == tmp_path / "stack.json"
    assert run("workspace", "list", "--local").status == 0


def test_local_without_a_stack_says_how_to_start_one(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    nowhere = run("workspace", "list", "--local")
    monkeypatch.setenv("PIXEL_LOCAL_DIR", str(tmp_path))
    stopped = run("workspace", "list", "--local")

    assert (nowhere.status, stopped.status) == (1, 1)
    assert nowhere.err.startswith("pixelctl: There is no .local/stack.json in this folder or above; start")
    assert stopped.err == f"pixelctl: {tmp_path}/stack.json does not exist; start the local stack with `make run`.\n"


def test_local_with_nobody_listening_says_how_to_start_it(run: Run, stack_file: Path) -> None:
    _change(stack_file, aws_endpoint_url="http://127.0.0.1:1", dynamodb_endpoint_url="http://127.0.0.1:1")

    outcome = run("workspace", "list", "--local")

    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == "pixelctl: The local stack does not answer; start it with `make run`.\n"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"aws_endpoint_url": "http://127.0.0.1:1"}', "\x00"])
def test_local_with_a_broken_file_says_so(run: Run, stack_file: Path, text: str) -> None:
    stack_file.write_text(text)

    assert "is not a valid stack.json" in run("workspace", "list", "--local").err


def test_a_stack_without_a_resource_is_named(run: Run, stack_file: Path) -> None:
    _change(stack_file, resources={})

    outcome = run("workspace", "list", "--local")

    assert outcome.status == 1
    assert "The stack has no WorkspaceTable" in outcome.err


def test_a_stack_that_does_not_exist_is_named_with_its_region(run: Run) -> None:
    outcome = run("workspace", "list", "--stack", "none")

    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith('pixelctl: There is no stack "none" in eu-central-1; name it with --stack')


def test_the_stack_is_pixel_api_unless_named(run: Run) -> None:
    assert 'no stack "pixel-api"' in run("workspace", "list", stack_named="").err
    assert run("workspace", "list", stack_named=STACK).status == 0
    assert run("--stack", STACK, "workspace", "list", stack_named="other").status == 0
    assert run("workspace", "list", "--stack", STACK, stack_named="other").status == 0


def test_every_page_of_resources_is_read(target: Target, stack: Wire) -> None:
    pages = [
        {"StackResourceSummaries": [{"LogicalResourceId": "A", "PhysicalResourceId": "a"}], "NextToken": "more"},
        {"StackResourceSummaries": [{"LogicalResourceId": "B", "PhysicalResourceId": "b"}, {"LogicalResourceId": "C"}]},
    ]
    stack.always("ListStackResources", lambda _perform, _parameters: pages.pop(0))

    assert Target.aws(STACK).resources == {"A": "a", "B": "b"}


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("ExpiredToken", "The AWS credentials have expired; sign in again"),
        ("InvalidClientTokenId", "AWS does not accept these credentials"),
        ("AccessDenied", "lack the permission for DescribeStacks"),
        ("Throttling", "AWS throttles DescribeStacks; wait a minute"),
        ("InternalFailure", "AWS refuses DescribeStacks: no (InternalFailure)."),
    ],
)
def test_what_aws_refuses_is_one_sentence(run: Run, stack: Wire, code: str, says: str) -> None:
    stack.once("DescribeStacks", fails("DescribeStacks", code))

    outcome = run("workspace", "list")

    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith("pixelctl: ")
    assert says in outcome.err
    assert outcome.err.count("\n") == 1


def test_missing_credentials_region_and_profile_are_said(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    assert "That AWS profile does not exist" in run("workspace", "list", "--profile", "none").err
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "No AWS credentials were found; sign in" in run("workspace", "list").err
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert run("workspace", "list", "--region", "eu-central-1").err.startswith("pixelctl: No AWS credentials")
    monkeypatch.delenv("AWS_REGION")
    assert "No AWS Region is set" in run("workspace", "list").err


def test_aws_region_is_enough(run: Run, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    assert len(run("workspace", "list", "--json").json) == 1


@pytest.mark.parametrize(
    ("failure", "local", "says"),
    [
        (aws.EndpointConnectionError(endpoint_url="http://x"), False, "AWS does not answer; check the network"),
        (aws.ReadTimeoutError(endpoint_url="http://x"), True, "The local stack does not answer"),
        (ResponseParserError("html"), True, "The local stack does not answer"),
        (aws.SSOTokenLoadError(error_msg="x"), False, "credentials could not be read; sign in again"),
        (aws.InvalidRegionError(region_name="no such"), False, "not the name of an AWS Region"),
        (aws.ConfigParseError(path="/x"), False, "The call to AWS failed: Unable to parse config file: /x"),
        (refused("CreateApiKey", "LimitExceededException"), False, "CreateApiKey exceeds a limit of the AWS account"),
        (refused("Scan", "ResourceNotFoundException"), False, "dynamodb Scan finds no table"),
        (AwsUnreachableError("dynamodb Scan", "time-out"), False, "AWS does not answer; check the network"),
        (ControlError("As it is."), True, "As it is."),
    ],
)
def test_each_failure_has_a_sentence(failure: Exception, says: str, *, local: bool) -> None:
    assert says in sentence(failure, local=local)


def test_version(run: Run) -> None:
    assert run("--version") == (0, f"pixelctl {__version__}\n", "")


def test_a_closed_pipe_is_no_traceback(stack_file: Path, workspace: Workspace) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run(
        [sys.executable, "-m", "pixelctl", "workspace", "list", "--local"],
        stdout=writer,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'common'}"},
        check=False,
        timeout=60,
    )
    os.close(writer)

    assert (done.returncode, done.stderr) == (141, b"")


def test_credentials_that_are_renewed_sign_the_next_call(stack: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """As those of a role or of single sign-on are while a command runs."""
    target = Target.aws(STACK)
    keys = iter(["AKIAFIRST", "AKIAFIRST", "AKIASECOND"])
    session = SimpleNamespace(get_credentials=lambda: Credentials(next(keys), "secret"))
    made: list[AwsEnvironment] = []

    def noted(protocol: Protocol, environment: AwsEnvironment, **limits: Any) -> JsonService:
        made.append(environment)
        return JsonService(protocol, environment, **limits)

    monkeypatch.setattr("pixelctl.target.JsonService", noted)
    database = Database(SessionService(session, target.connect))  # type: ignore[arg-type]  # enough of a session

    for _ in range(3):
        database.get(target.physical_id("WorkspaceTable"), {"workspace_id": "ws_1", "item": "META"})

    assert [environment.access_key_id for environment in made] == ["AKIAFIRST", "AKIASECOND"]
