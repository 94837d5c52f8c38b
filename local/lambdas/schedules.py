"""EventBridge rules that invoke functions: schedules, and CloudFormation's event for a deployed stack.

The embedded stack counts as deployed when it has started.
"""

import asyncio
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from uuid import uuid4

from local.lambdas.functions import Function
from local.template import ACCOUNT, REGION
from local.template.intrinsics import CreatedStack
from local.template.sam import Resource, TemplateError
from pixel.foundation.clock import now, to_iso

_RULE = "AWS::Events::Rule"
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_FUNCTION = 'Function", "Arn"]'  # as {"Fn::GetAtt": ["CanaryFunction", "Arn"]} ends
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
_DEPLOYED = {"source": "aws.cloudformation", "detail-type": "CloudFormation Stack Status Change"}


class Rule(NamedTuple):
    name: str
    function: Function
    every_seconds: float | None  # None for the event of a deployed stack


class Schedules:
    def __init__(self, rules: list[Rule]) -> None:
        self._rules = rules
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(_run(rule)) for rule in self._rules]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def calls_function(resource: Resource) -> bool:
    """Return whether a rule targets a function; such rules run here, others in the AWS server."""
    return resource["Type"] == _RULE and any(_FUNCTION in json.dumps(target["Arn"]) for target in _targets(resource))


def read(stacks: Iterable[CreatedStack], functions: Mapping[str, Function]) -> Schedules:
    """Return the rules of all stacks that call one of the functions."""
    rules = [
        Rule(name, functions[arn], _every_seconds(name, resource["Properties"]))
        for template, resolver in stacks
        for name, resource in template.of_type(_RULE).items()
        if resolver.is_created(name) and _is_run_here(resource["Properties"])
        for target in _targets(resource)
        if (arn := resolver.resolve(target["Arn"])) in functions
    ]
    return Schedules(rules)


def _is_run_here(properties: Mapping[str, Any]) -> bool:
    of_deployments = _DEPLOYED["source"] in properties.get("EventPattern", {}).get("source", [])
    return of_deployments or "ScheduleExpression" in properties


def _targets(resource: Resource) -> list[dict[str, Any]]:
    return list(resource["Properties"].get("Targets", []))


def _every_seconds(name: str, properties: Mapping[str, Any]) -> float | None:
    expression = properties.get("ScheduleExpression")
    if expression is None:
        return None
    if match := _RATE.fullmatch(expression):
        return float(match[1]) * _SECONDS[match[2]]
    raise TemplateError(f"the schedule of {name} is {expression}; the embedded stack supports only rate(...)")


async def _run(rule: Rule) -> None:
    if rule.every_seconds is None:
        await rule.function.invoke(_event(rule, _DEPLOYED))
        return
    while True:
        await asyncio.sleep(rule.every_seconds)
        await rule.function.invoke(_event(rule, {"source": "aws.events", "detail-type": "Scheduled Event"}))


def _event(rule: Rule, kind: Mapping[str, str]) -> bytes:
    event = {
        "version": "0",
        "id": str(uuid4()),
        **kind,
        "account": ACCOUNT,
        "time": to_iso(now()),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{rule.name}"],
        "detail": {},
    }
    return json.dumps(event).encode()
