"""The Lambda authorizer: identity source, invocation, cache, and the evaluation of the policy it returns."""

import json
import time
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from local.gateway.call import Call
from local.gateway.definition import Authorizer, Definition, Method
from local.gateway.proxy import build_event
from local.lambdas.functions import Function
from local.lambdas.runtime_api import Outcome
from local.template import ACCOUNT, REGION


class Answer(NamedTuple):
    policy: dict[str, Any]
    context: dict[str, str]
    usage_key: str | None


class Authorization:
    def __init__(self, definition: Definition, authorizer: Authorizer, function: Function) -> None:
        self._definition = definition
        self._authorizer = authorizer
        self._function = function
        self._cache: dict[tuple[str, ...], tuple[float, Answer]] = {}

    async def admit(self, call: Call, method: Method, parameters: dict[str, str]) -> str | None:
        """Return None if the call is allowed, otherwise the type of the gateway response."""
        identity = tuple(", ".join(call.request.values_of(name)) for name in self._authorizer.identity_headers)
        if not all(identity):
            return "UNAUTHORIZED"
        arn = self._method_arn(call)
        answer = self._cached(identity)
        if answer is None:
            outcome = await self._invoke(call, method, parameters, arn)
            if isinstance(outcome, str):
                return outcome
            answer = outcome
            self._cache[identity] = (time.time() + self._authorizer.cache_ttl_seconds, answer)
        call.authorized(answer.context, answer.usage_key)
        return None if _allows(answer.policy, arn) else "ACCESS_DENIED"

    async def _invoke(self, call: Call, method: Method, parameters: dict[str, str], arn: str) -> Answer | str:
        event = {"type": "REQUEST", "methodArn": arn, **build_event(call, method, parameters, self._definition)}
        for name in ("body", "isBase64Encoded"):
            del event[name]
        started = time.perf_counter()
        outcome = await self._function.invoke(json.dumps(event).encode())
        call.context["authorizer.latency"] = str(int((time.perf_counter() - started) * 1000))
        if outcome.error is not None:
            return "UNAUTHORIZED" if _says_unauthorized(outcome) else "AUTHORIZER_FAILURE"
        return _read(outcome.payload) or "AUTHORIZER_CONFIGURATION_ERROR"

    def _cached(self, identity: tuple[str, ...]) -> Answer | None:
        """Return the answer cached for the identity alone: a cached policy serves every route."""
        now = time.time()
        self._cache = {key: entry for key, entry in self._cache.items() if entry[0] > now}
        entry = self._cache.get(identity)
        return None if entry is None else entry[1]

    def _method_arn(self, call: Call) -> str:
        api = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{self._definition.api_id}"
        return f"{api}/{self._definition.stage}/{call.request.method}{call.request.path}"


def _read(payload: bytes) -> Answer | None:
    """Return the authorizer's answer, or None if API Gateway would not accept it."""
    try:
        answer = json.loads(payload)
        policy = answer["policyDocument"]
        context = answer.get("context") or {}
        statements = policy["Statement"]
        usage_key = answer.get("usageIdentifierKey")
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    scalar = all(isinstance(value, str | int | float | bool) for value in context.values())
    complete = isinstance(answer.get("principalId"), str) and isinstance(statements, list) and statements
    if not scalar or not complete:
        return None
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in context.items()}
    return Answer(policy, {**texts, "principalId": answer["principalId"]}, usage_key)


def _says_unauthorized(outcome: Outcome) -> bool:
    try:
        return bool(json.loads(outcome.payload)["errorMessage"] == "Unauthorized")
    except (ValueError, TypeError, KeyError):
        return False


def _allows(policy: dict[str, Any], arn: str) -> bool:
    effects = {
        statement.get("Effect")
        for statement in policy["Statement"]
        if _matches(statement.get("Action"), "execute-api:Invoke") and _matches(statement.get("Resource"), arn)
    }
    return "Allow" in effects and "Deny" not in effects


def _matches(patterns: Any, value: str) -> bool:
    listed = patterns if isinstance(patterns, list) else [patterns]
    return any(fnmatchcase(value, str(pattern).replace("[", "[[]")) for pattern in listed)
