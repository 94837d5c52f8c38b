"""`pixelctl doctor` finds what is wrong, says what to do, and leaves nothing of its own behind."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from pixel.foundation import clock
from pixel.workspaces.key_lookup import list_keys
from pixel.workspaces.provisioning import NewWorkspace, create_workspace
from pixel.workspaces.website_kind import WEBSITE
from pixel.workspaces.websites import WEBSITES, NewWebsite
from pixel.workspaces.workspace import list_workspaces
from pixelctl.doctor import event
from pixelctl.target import Target
from tests.pixelctl.conftest import Outcome, Run
from tests.pixelctl.played_api import EVENTS, HEALTH, ME, PAGES, PlayedApi, failing, health, pages
from tests.pixelctl.scripted_server import Reply
from tests.provisioned import Parameters, Perform, Wire, fails
from tests.stores import STACK

_FUNCTIONS = ("Api", "AuthorizerFunction", "CanaryFunction")
_SECRET = "p.of-nobody"

Examine = Callable[..., Outcome]


@pytest.fixture
def api() -> Iterator[PlayedApi]:
    api = PlayedApi()
    yield api
    api.stop()


@pytest.fixture
def canary() -> Parameters:
    return {"Payload": {"ingest": "ok", "tokens": "ok"}}


@pytest.fixture
def live(stack: Wire, plans: dict[str, str], api: PlayedApi, canary: Parameters) -> Wire:
    """Add to the tests' stack what a deployed one has beside its stores."""

    def describe(perform: Perform, parameters: Parameters) -> Any:
        answer = perform(parameters)
        answer["Stacks"][0]["Outputs"] = [{"OutputKey": "ApiUrl", "OutputValue": api.url}]
        return answer

    def list_all(perform: Perform, parameters: Parameters) -> Any:
        answer = perform(parameters)
        there = {**plans, **{name: name.lower() for name in _FUNCTIONS}}
        answer["StackResourceSummaries"] += [
            {"LogicalResourceId": name, "PhysicalResourceId": physical} for name, physical in there.items()
        ]
        return answer

    def invoke(_perform: Perform, _parameters: Parameters) -> Any:
        return {**canary, "Payload": BytesIO(json.dumps(canary["Payload"]).encode())}

    stack.always("DescribeStacks", describe)
    stack.always("ListStackResources", list_all)
    stack.always("Invoke", invoke)
    for name in ("tinybird-admin-token", "tinybird-ingest-token"):
        _put_secret(name)
    return stack


@pytest.fixture
def examine(live: Wire, run: Run, monkeypatch: pytest.MonkeyPatch) -> Examine:
    """Run the checks without waiting: the doctor's clock moves only by its pauses."""
    time = SimpleNamespace(now=0.0)

    def sleep(seconds: float) -> None:
        time.now += seconds

    monkeypatch.setattr(event, "time", SimpleNamespace(sleep=sleep, monotonic=lambda: time.now))
    return lambda *options: run("doctor", *options)


def _put_secret(name: str, kind: str = "SecureString") -> None:
    ssm: Any = boto3.client("ssm")
    ssm.put_parameter(Name=f"/pixel/{STACK}/{name}", Value=_SECRET, Type=kind, Overwrite=True)


def _found(outcome: Outcome) -> dict[str, Any]:
    return {check["check"]: check for check in outcome.json["checks"]}


def _failed(outcome: Outcome) -> list[str]:
    return [name for name, check in _found(outcome).items() if check["status"] == "failed"]


def _left_over(target: Target) -> tuple[int, int]:
    """Return the websites and active keys that are left."""
    keys = list_keys(target.store, event.WORKSPACE_ID)
    assert keys
    websites = target.store.list_live(WEBSITE, event.WORKSPACE_ID)
    return len(websites), len([key for key in keys if key.revoked_at is None])


def test_all_is_well(examine: Examine, target: Target, api: PlayedApi) -> None:
    outcome = examine("--json")

    assert (outcome.status, outcome.json["ok"], outcome.err) == (0, True, "")
    assert {name for name, check in _found(outcome).items() if check["status"] != "ok"} == {"mail"}
    assert _found(outcome)["mail"]["status"] == "skipped"
    assert list(_found(outcome)) == ["stack", "secrets", "health", "canary", "event", "mail", "queues"]
    assert list(_found(outcome)["event"]["steps"]) == ["admitted", "taken", "counted"]
    assert _left_over(target) == (0, 0)
    assert len(api.sent(EVENTS)) == 1


def test_a_person_reads_a_line_for_each_check(examine: Examine) -> None:
    outcome = examine()

    *checks, empty, summary = outcome.out.splitlines()
    assert [line.split()[:2] for line in checks] == [
        ["skipped" if name == "mail" else "ok", name]
        for name in ("stack", "secrets", "health", "canary", "event", "mail", "queues")
    ]
    assert (empty, summary) == ("", "nothing failed; skipped: mail")


def test_secrets_are_neither_read_nor_shown(examine: Examine, live: Wire) -> None:
    outcome = examine("--json")

    assert _SECRET not in outcome.out
    assert {name for name, _ in live.calls if name.startswith("Get") and "Parameter" in name} == set()


def test_a_missing_and_a_plain_secret_are_named(examine: Examine) -> None:
    boto3.client("ssm").delete_parameter(Name=f"/pixel/{STACK}/tinybird-ingest-token")
    missing = examine("--json")
    boto3.client("ssm").delete_parameter(Name=f"/pixel/{STACK}/tinybird-admin-token")
    _put_secret("tinybird-ingest-token")
    _put_secret("tinybird-admin-token", "String")
    plain = examine("--json")

    assert (missing.status, _failed(missing)) == (1, ["secrets"])
    assert _found(missing)["secrets"]["found"] == "/pixel/pixel/tinybird-ingest-token not in the parameter store"
    assert _found(plain)["secrets"]["found"] == "/pixel/pixel/tinybird-admin-token not encrypted"


def test_a_stack_with_short_links_needs_their_secret(examine: Examine, live: Wire, api: PlayedApi) -> None:
    def describe(perform: Perform, parameters: Parameters) -> Any:
        answer = perform(parameters)
        outputs = {"ApiUrl": api.url, "LinksUrl": "https://go.example.com"}
        answer["Stacks"][0]["Outputs"] = [{"OutputKey": name, "OutputValue": value} for name, value in outputs.items()]
        return answer

    live.always("DescribeStacks", describe)
    without = examine("--json")
    _put_secret("links-secret")
    with_it = examine("--json")

    assert _found(without)["secrets"]["found"] == "/pixel/pixel/links-secret not in the parameter store"
    assert _failed(with_it) == []


def test_a_stack_of_another_version_is_named_by_what_it_lacks(
    examine: Examine, live: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.pixelctl.test_doctor._FUNCTIONS", ("Api",))

    outcome = examine("--json")

    assert _failed(outcome) == ["stack", "canary"]
    assert _found(outcome)["stack"]["found"] == "pixel lacks AuthorizerFunction, CanaryFunction"


def test_a_stack_without_an_address_fails_what_needs_it(examine: Examine, live: Wire) -> None:
    live.always("DescribeStacks", lambda perform, parameters: perform(parameters))

    outcome = examine("--json")

    assert _failed(outcome) == ["stack", "health", "event"]
    assert "output ApiUrl" in _found(outcome)["health"]["found"]


@pytest.mark.parametrize(
    ("check", "todo"), [("ingest", "tinybird-ingest-token"), ("tokens", "tinybird-admin-token"), ("store", "runbook")]
)
def test_a_check_of_health_that_fails_says_what_to_mend(
    examine: Examine, api: PlayedApi, check: str, todo: str
) -> None:
    api.next[HEALTH] = [health(**{check: "failed"})]

    outcome = examine("--json")

    assert _failed(outcome) == ["health"]
    assert f"{check} failed" in _found(outcome)["health"]["found"]
    assert todo in _found(outcome)["health"]["todo"]


@pytest.mark.parametrize("reply", [Reply(200, "<html>"), Reply(200, []), failing(500, "internal_error")])
def test_health_that_is_not_ours_is_no_health(examine: Examine, api: PlayedApi, reply: Reply) -> None:
    api.next[HEALTH] = [reply]

    assert _failed(examine("--json")) == ["health"]


def test_a_canary_that_fails_or_crashes_is_said(examine: Examine, canary: Parameters) -> None:
    canary["Payload"] = {"ingest": "ok", "tokens": "failed"}
    failing_check = examine("--json")
    canary.update({"FunctionError": "Unhandled", "Payload": {"errorMessage": "timed out"}})
    crashed = examine("--json")

    assert (_failed(failing_check), _failed(crashed)) == (["canary"], ["canary"])
    assert "tinybird-admin-token" in _found(failing_check)["canary"]["todo"]
    assert _found(crashed)["canary"]["found"] == "it failed: timed out"


def test_a_gateway_that_does_not_know_the_workspace_yet_is_waited_for(examine: Examine, api: PlayedApi) -> None:
    api.next[ME] = [failing(500, "internal_error"), failing(429, "rate_limit_exceeded", Retry_After="20")]

    outcome = examine("--json")

    assert outcome.status == 0
    assert _found(outcome)["event"]["steps"] == {"admitted": 20.25, "taken": 0.0, "counted": 0.0}


@pytest.mark.parametrize(
    ("stop", "step"),
    [
        ((ME, failing(401, "invalid_api_key")), "admitted"),
        ((ME, failing(500, "internal_error")), "admitted"),
        ((EVENTS, failing(503, "ingest_unavailable")), "taken"),
        ((EVENTS, failing(400, "invalid_body")), "taken"),
        ((PAGES, pages(0)), "counted"),
        ((PAGES, failing(503, "tinybird_error")), "counted"),
    ],
)
def test_an_event_that_stops_on_its_way_is_said_with_where_and_leaves_nothing(
    examine: Examine, api: PlayedApi, target: Target, stop: tuple[str, Reply], step: str
) -> None:
    path, reply = stop
    api.always[path] = lambda: reply

    outcome = examine("--json", "--wait", "5")

    assert _failed(outcome) == ["event"]
    assert _found(outcome)["event"]["found"].startswith(f"not {step} after ")
    assert step not in _found(outcome)["event"]["steps"]
    assert _left_over(target) == (0, 0)


def test_an_event_that_counts_twice_is_no_success(examine: Examine, api: PlayedApi) -> None:
    api.always[PAGES] = lambda: pages(2)

    assert _found(examine("--json"))["event"]["found"] == "one pageview counts 2 times"


def test_an_interruption_leaves_nothing(examine: Examine, target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_reply: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(event, "_counted", interrupt)

    assert examine().status == 130
    assert _left_over(target) == (0, 0)


def test_what_cannot_be_removed_is_named(examine: Examine, live: Wire, api: PlayedApi) -> None:
    def break_store() -> Reply:
        live.always("TransactWriteItems", fails("TransactWriteItems"))
        return pages(1)

    api.always[PAGES] = break_store

    outcome = examine("--json")

    assert _failed(outcome) == ["event"]
    assert "The doctor's website admx_" in _found(outcome)["event"]["found"]


def test_what_a_killed_run_left_goes_with_a_later_one(
    examine: Examine, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = NewWorkspace(name=event.NAME)
    create_workspace(target.store, target.usage_plans, new, workspace_id=event.WORKSPACE_ID)
    for domain in ("a.example", "b.example"):
        WEBSITES.create(target.store, event.WORKSPACE_ID, NewWebsite(domain=domain, name="doctor"))
    assert examine().status == 0
    at_the_same_time = _left_over(target)
    hour_later = clock.epoch_seconds() + timedelta(hours=1).total_seconds()
    monkeypatch.setattr(clock, "time", SimpleNamespace(time=lambda: hour_later))

    assert examine().status == 0

    assert (at_the_same_time, _left_over(target)) == ((2, 0), (0, 0))
    assert len(list_workspaces(target.store)) == 1


@pytest.mark.parametrize("queue", ["dead-letter", "spill"])
def test_what_waits_in_a_queue_is_counted(examine: Examine, queue: str) -> None:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=f"test-{queue}")["QueueUrl"]
    for _ in range(2):
        sqs.send_message(QueueUrl=url, MessageBody="{}")

    outcome = examine("--json")

    assert _failed(outcome) == ["queues"]
    counts = {"dead-letter": "2 dead letters, 0 messages wait", "spill": "0 dead letters, 2 messages wait"}
    assert counts[queue] in _found(outcome)["queues"]["found"]


def test_what_aws_refuses_fails_one_check_and_no_other(examine: Examine, live: Wire) -> None:
    live.always("DescribeParameters", fails("DescribeParameters", "AccessDeniedException"))

    outcome = examine()

    assert outcome.status == 1
    assert "failed   secrets  These AWS credentials lack the permission for DescribeParameters" in outcome.out
    assert outcome.out.endswith("\n\nfailed: secrets; skipped: mail\n")


@pytest.mark.parametrize("text", ["0", "-1", "x", "601"])
def test_how_long_to_wait_is_a_number_of_seconds(run: Run, text: str) -> None:
    outcome = run("doctor", "--wait", text)

    assert (outcome.status, "1 to 600" in outcome.err) == (2, True)
