"""Handle a call in API Gateway's order: route, stage throttle, authorizer, usage plan, integration, access log."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from local.gateway import compression, responses
from local.gateway.authorization import Authorization
from local.gateway.call import Call, HttpRequest, HttpResponse
from local.gateway.definition import Definition, Method
from local.gateway.proxy import build_event, read_answer
from local.gateway.usage_plans import TokenBucket, UsagePlans
from local.lambdas.functions import Function
from local.lambdas.runtime_api import REQUEST_TOO_LARGE

BODY_BYTES_MAX = 10 * 1024 * 1024
_INTEGRATION_SECONDS = 29.0


class Gateway:
    def __init__(
        self,
        definition: Definition,
        functions: Mapping[str, Function],
        apigateway: Callable[[], Any],
        on_access: Callable[[str], None],
    ) -> None:
        self._definition = definition
        self._functions = functions
        self._on_access = on_access
        self._usage_plans = UsagePlans(apigateway)
        self._stage_bucket = TokenBucket(definition.stage_throttle) if definition.stage_throttle else None
        self._method_buckets = {place: TokenBucket(it) for place, it in definition.method_throttles.items()}
        self._authorizations = {
            name: Authorization(definition, authorizer, functions[authorizer.function_arn])
            for name, authorizer in definition.authorizers.items()
        }

    @property
    def definition(self) -> Definition:
        return self._definition

    async def answer(self, request: HttpRequest) -> HttpResponse:
        bytes_min = self._definition.minimum_compression_bytes
        if bytes_min is None:
            call = Call(request)
            return self._finish(call, await self._handle(call))
        try:
            call = Call(compression.unpacked(request, BODY_BYTES_MAX))
        except compression.TooLargeError:
            return self.refuse(request, "REQUEST_TOO_LARGE")
        except compression.UnreadableError:
            return self.refuse(request, "DEFAULT_4XX")
        return compression.packed(self._finish(call, await self._handle(call)), request, bytes_min)

    def refuse(self, request: HttpRequest, kind: str) -> HttpResponse:
        """Return the gateway response for a request that is too large or not HTTP."""
        call = Call(request)
        return self._finish(call, self._render(call, kind))

    async def _handle(self, call: Call) -> HttpResponse:
        found = self._definition.find(call.request.method, call.request.path)
        if found is None:
            return self._render(call, "MISSING_AUTHENTICATION_TOKEN")
        method, parameters = found
        call.context["resourcePath"] = method.resource
        if method.function_arn is None:
            headers = [("Content-Type", "application/json"), *method.mock_headers.items()]
            return HttpResponse(200, headers, b"{}\n")
        refusal = await self._admit(call, method, parameters)
        return self._render(call, refusal) if refusal else await self._integrate(call, method, parameters)

    async def _admit(self, call: Call, method: Method, parameters: dict[str, str]) -> str | None:
        bucket = self._method_buckets.get((method.resource, method.http_method), self._stage_bucket)
        if bucket is not None and not bucket.take():
            return "THROTTLED"
        if method.authorizer is not None:
            refusal = await self._authorizations[method.authorizer].admit(call, method, parameters)
            if refusal is not None:
                return refusal
        return await self._usage_plans.admit(call.usage_key) if method.needs_api_key else None

    async def _integrate(self, call: Call, method: Method, parameters: dict[str, str]) -> HttpResponse:
        event = build_event(call, method, parameters, self._definition)
        started = time.perf_counter()
        try:
            function = self._functions[str(method.function_arn)]
            async with asyncio.timeout(_INTEGRATION_SECONDS):
                outcome = await function.invoke(json.dumps(event).encode())
        except TimeoutError:
            return self._render(call, "INTEGRATION_TIMEOUT")
        call.context["integrationLatency"] = str(int((time.perf_counter() - started) * 1000))
        if outcome.error == REQUEST_TOO_LARGE:
            return self._render(call, "REQUEST_TOO_LARGE")
        response = read_answer(outcome.payload, call, self._definition) if outcome.error is None else None
        return response if response is not None else self._render(call, "DEFAULT_5XX")

    def _render(self, call: Call, kind: str) -> HttpResponse:
        return responses.render(self._definition.gateway_responses, kind, call)

    def _finish(self, call: Call, response: HttpResponse) -> HttpResponse:
        call.context["status"] = str(response.status)
        call.context["responseLength"] = str(len(response.body))
        call.context["responseLatency"] = str(int((time.time() - call.started_at) * 1000))
        self._on_access(call.substitute(self._definition.access_log_format, unknown="-"))
        ids = [("x-amzn-RequestId", call.id), ("x-amz-apigw-id", call.extended_id)]
        return response._replace(headers=[*response.headers, *ids])
