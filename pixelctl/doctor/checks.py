"""The smoke test of a live stack: its resources and secrets, its answers, and one event until a pipe counts it.

Every check runs even if earlier ones failed, so that one run shows all that is wrong.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from pixel.tinybird.credentials import ADMIN_TOKEN, INGEST_TOKEN
from pixel.workspaces.plans import LOGICAL_IDS as USAGE_PLANS
from pixelctl.api_client import ApiClient
from pixelctl.doctor.event import check_event
from pixelctl.doctor.findings import CheckFailedError, CheckSkippedError, Finding
from pixelctl.doctor.mail import check_mail
from pixelctl.doctor.secrets import check_secrets
from pixelctl.failures import FAILURES, sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from pixelctl.target import Target

OK: Final = "ok"
FAILED: Final = "failed"
SKIPPED: Final = "skipped"

_STORES = (
    *("ApiKeysTable", "WorkspaceTable", "CountersTable", "ClaimsTable", "SecretsTable"),
    *("SpillQueue", "DeadLetterQueue"),
)
_ONLY_IN_AWS = ("Api", "AuthorizerFunction", "CanaryFunction")
_MEND = {
    "store": "check the tables in AWS, and see docs/runbook.md#keystorethrottlesalarm",
    "ingest": f"put the token named ingest into the parameter {INGEST_TOKEN}, and check TinybirdUrl",
    "tokens": f"put the workspace admin token into the parameter {ADMIN_TOKEN}, and check TinybirdWorkspaceId",
}
_PICKED_UP = "functions use a new secret within five minutes"


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
        "mail": lambda: check_mail(target),
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
    except CheckSkippedError as reason:
        status, found, todo, steps = SKIPPED, str(reason), None, {}
    except CheckFailedError as fault:
        status, found, todo, steps = FAILED, str(fault), fault.todo, fault.steps
    except FAILURES as failure:
        status, found, todo, steps = FAILED, sentence(failure, local=local), None, {}
    return Result(name, status, found, todo, round(time.monotonic() - started, 3), steps)


def check_stack(target: Target) -> Finding:
    needed = [*_STORES, *USAGE_PLANS, *(() if target.is_local else _ONLY_IN_AWS)]
    if missing := [name for name in needed if name not in target.resources]:
        raise CheckFailedError(f"{target.name} lacks {', '.join(missing)}", "deploy this version of Pixel API")
    return Finding(f"{target.name} has its {len(target.resources)} resources; the API is at {target.api_url}")


def check_health(target: Target) -> Finding:
    reply = ApiClient(target.api_url).get("/api/v1/health")
    checks = reply.data.get("checks", {})
    if failing := {name: state for name, state in checks.items() if state != OK}:
        todo = "; ".join(_MEND.get(name, "see the log of get_health") for name in failing)
        raise CheckFailedError(f"{_joined(failing)} ({reply})", f"{todo}; {_PICKED_UP}")
    if reply.status != 200 or not checks:
        raise CheckFailedError(
            str(reply), "read the log of get_health and the access log, and check that the address is the API's"
        )
    return Finding(f"{_joined(checks)}; version {reply.data.get('version')}")


def check_canary(target: Target) -> Finding:
    if target.is_local:
        raise CheckSkippedError(
            "the embedded stack has no Lambda service to invoke CanaryFunction; it runs the canary on a schedule, "
            "see .local/logs/canary.log"
        )
    answer = target.connect("lambda").invoke(FunctionName=target.physical_id("CanaryFunction"))
    results = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise CheckFailedError(f"it failed: {results.get('errorMessage', 'no reason')}", "read the log of canary")
    if failing := {name: state for name, state in results.items() if state != OK}:
        todo = "; ".join(_MEND.get(name, "see the log of canary") for name in failing)
        raise CheckFailedError(_joined(failing), f"{todo}; {_PICKED_UP}")
    return Finding(_joined(results))


def check_queues(target: Target) -> Finding:
    """Check that no messages wait; run last, so that it also finds a doctor's event that was not stored."""
    letters, waiting = _depth(target, target.dead_letter_queue), _depth(target, target.spill_queue)
    found = f"{letters} dead letters, {waiting} messages wait for Tinybird"
    if letters:
        raise CheckFailedError(found, "see `pixelctl dead-letter list`, and docs/runbook.md#deadlettersalarm")
    if waiting:
        raise CheckFailedError(found, "run this again in a minute; if they stay, see docs/runbook.md#spillwaitsalarm")
    return Finding(found)


def _depth(target: Target, queue: str) -> int:
    answer = target.sqs.get_queue_attributes(
        QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    )
    return sum(map(int, answer["Attributes"].values()))


def _joined(states: dict[str, str]) -> str:
    return ", ".join(f"{name} {state}" for name, state in states.items())
