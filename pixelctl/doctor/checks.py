"""The smoke test of a live stack: what it stands on, what it answers, and one event all the way to a number.

Every check runs, whatever the ones before it found: one look shows all that is wrong.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from pixel.tinybird.credentials import ADMIN_TOKEN, INGEST_TOKEN
from pixel.workspaces.plans import LOGICAL_IDS as USAGE_PLANS
from pixelctl.doctor.api_client import ApiClient
from pixelctl.doctor.event import check_event
from pixelctl.doctor.findings import Finding, SkippedError, UnfitError
from pixelctl.failures import FAILURES, sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from pixelctl.target import Target

OK: Final = "ok"
FAILED: Final = "failed"
SKIPPED: Final = "skipped"

_STORES = ("ApiKeysTable", "WorkspaceTable", "CountersTable", "ClaimsTable", "SpillQueue", "DeadLetterQueue")
_OUTSIDE_THE_LOCAL_STORES = ("Api", "AuthorizerFunction", "CanaryFunction")
_SECRETS = (ADMIN_TOKEN, INGEST_TOKEN)
_MEND = {
    "store": "look at the tables in AWS, and at docs/runbook.md#keystorethrottlesalarm",
    "ingest": f"put the token named ingest into the parameter {INGEST_TOKEN}, and check TinybirdUrl",
    "tokens": f"put the workspace admin token into the parameter {ADMIN_TOKEN}, and check TinybirdWorkspaceId",
}
_PICKED_UP = "functions pick a new secret up within five minutes"


class Result(NamedTuple):
    check: str
    status: str
    found: str
    todo: str | None
    seconds: float
    steps: dict[str, float]


def examine(target: Target, *, wait_seconds: float, announce: Callable[[Result], None]) -> list[Result]:
    checks: dict[str, Callable[[], Finding]] = {
        "stack": lambda: check_stack(target),
        "secrets": lambda: check_secrets(target),
        "health": lambda: check_health(target),
        "canary": lambda: check_canary(target),
        "event": lambda: check_event(target, wait_seconds=wait_seconds),
        "queues": lambda: check_queues(target),
    }
    results = []
    for name, check in checks.items():
        results.append(_run(name, check, local=target.is_local))
        announce(results[-1])
    return results


def _run(name: str, check: Callable[[], Finding], *, local: bool) -> Result:
    started = time.monotonic()
    try:
        finding = check()
        status, found, todo, steps = OK, finding.text, None, finding.steps
    except SkippedError as reason:
        status, found, todo, steps = SKIPPED, str(reason), None, {}
    except UnfitError as fault:
        status, found, todo, steps = FAILED, str(fault), fault.todo, fault.steps
    except FAILURES as failure:
        status, found, todo, steps = FAILED, sentence(failure, local=local), None, {}
    return Result(name, status, found, todo, round(time.monotonic() - started, 3), steps)


def check_stack(target: Target) -> Finding:
    needed = [*_STORES, *USAGE_PLANS, *(() if target.is_local else _OUTSIDE_THE_LOCAL_STORES)]
    if missing := [name for name in needed if name not in target.resources]:
        raise UnfitError(f"{target.name} lacks {', '.join(missing)}", "deploy this version of Pixel API")
    return Finding(f"{target.name} has its {len(target.resources)} resources; the API is at {target.api_url}")


def check_secrets(target: Target) -> Finding:
    """Look at the descriptions of the secrets; the secrets themselves are not read."""
    path = f"/pixel/{target.name}"
    names = [f"{path}/{secret}" for secret in _SECRETS]
    pages = (
        target.connect("ssm")
        .get_paginator("describe_parameters")
        .paginate(ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": names}])
    )
    kinds = {entry["Name"]: entry["Type"] for page in pages for entry in page["Parameters"]}
    if missing := [name for name in names if name not in kinds]:
        raise UnfitError(f"{', '.join(missing)} not in the parameter store", "put it there: docs/deploying.md#secrets")
    if plain := [name for name in names if kinds[name] != "SecureString"]:
        raise UnfitError(f"{', '.join(plain)} not encrypted", "put it again with --type SecureString --overwrite")
    return Finding(f"{len(names)} under {path}, encrypted")


def check_health(target: Target) -> Finding:
    reply = ApiClient(target.api_url).get("/api/v1/health")
    checks = reply.data.get("checks", {})
    if failing := {name: state for name, state in checks.items() if state != OK}:
        todo = "; ".join(_MEND.get(name, "see the log of get_health") for name in failing)
        raise UnfitError(f"{_joined(failing)} ({reply})", f"{todo}; {_PICKED_UP}")
    if reply.status != 200 or not checks:
        raise UnfitError(str(reply), "read the logs of get_health and access; is this address the API's?")
    return Finding(f"{_joined(checks)}; version {reply.data.get('version')}")


def check_canary(target: Target) -> Finding:
    if target.is_local:
        raise SkippedError(
            "the embedded stack has no Lambda service to call CanaryFunction through; it runs it by itself, "
            "see .local/logs/canary.log"
        )
    answer = target.connect("lambda").invoke(FunctionName=target.physical_id("CanaryFunction"))
    results = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise UnfitError(f"it failed: {results.get('errorMessage', 'no reason')}", "read the log of canary")
    if failing := {name: state for name, state in results.items() if state != OK}:
        todo = "; ".join(_MEND.get(name, "see the log of canary") for name in failing)
        raise UnfitError(_joined(failing), f"{todo}; {_PICKED_UP}")
    return Finding(_joined(results))


def check_queues(target: Target) -> Finding:
    """Look for messages that wait. This comes last, so that it shows an event of the doctor that was not stored."""
    letters, waiting = _depth(target, target.dead_letter_queue), _depth(target, target.spill_queue)
    found = f"{letters} dead letters, {waiting} messages wait for Tinybird"
    if letters:
        raise UnfitError(found, "see `pixelctl dead-letter list`, and docs/runbook.md#deadlettersalarm")
    if waiting:
        raise UnfitError(found, "run this again in a minute; if they stay, see docs/runbook.md#spillwaitsalarm")
    return Finding(found)


def _depth(target: Target, queue: str) -> int:
    answer = target.sqs.get_queue_attributes(
        QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    )
    return sum(map(int, answer["Attributes"].values()))


def _joined(states: dict[str, str]) -> str:
    return ", ".join(f"{name} {state}" for name, state in states.items())
