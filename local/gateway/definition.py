"""APIs as SAM's translator writes them: an OpenAPI document with Amazon's extensions, and a stage."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from local.template.intrinsics import CreatedStack
from local.template.sam import TemplateError

Document = dict[str, Any]

_REST_API = "AWS::ApiGateway::RestApi"
_FUNCTION_ARN = re.compile(r"/functions/(.+)/invocations$")
_WHOLE_STAGE = ("*", "*")
_ANY_PATH = re.compile(r"/\{\w+\+\}")
_PARAMETER = re.compile(r"\{(\w+)(\+?)\}")


class Authorizer(NamedTuple):
    function_arn: str
    identity_headers: tuple[str, ...]
    cache_ttl_seconds: int


class Method(NamedTuple):
    resource: str
    pattern: re.Pattern[str]
    http_method: str
    function_arn: str | None  # None for a mock integration
    mock_headers: dict[str, str]
    authorizer: str | None  # its name, or None if everybody is admitted
    needs_api_key: bool


class Throttle(NamedTuple):
    requests_per_second: float
    burst: int


class Definition(NamedTuple):
    name: str  # of the nested stack that declares it; empty for the main template
    api_id: str
    stage: str
    methods: list[Method]
    authorizers: dict[str, Authorizer]  # by name
    gateway_responses: dict[str, Document]
    binary_media_types: frozenset[str]
    stage_throttle: Throttle | None
    method_throttles: dict[tuple[str, str], Throttle]  # by resource and HTTP method, in place of the stage's
    access_log_format: str
    minimum_compression_bytes: int | None  # None disables compression

    @property
    def takes_any_path(self) -> bool:
        """Whether the API has a route for every path, as that of short links has."""
        return any(_ANY_PATH.fullmatch(method.resource) for method in self.methods)

    def has_beginning_of(self, path: str, *, segments: int = 1) -> bool:
        """Return whether a path begins as one of the routes does: with /api, or with /api/links for two segments."""
        beginning = slice(1, 1 + segments)
        given = path.split("/")[beginning]
        return any(_begins(method.resource.split("/")[beginning], given) for method in self.methods)

    def find(self, http_method: str, path: str) -> tuple[Method, dict[str, str]] | None:
        """Return the method and path parameters of a path as it was sent, still percent-encoded."""
        for method in self.methods:
            if method.http_method == http_method and (match := method.pattern.fullmatch(path)):
                return method, match.groupdict()
        return None


def _begins(declared: list[str], given: list[str]) -> bool:
    """Return whether given segments are those that a route declares, in which a parameter stands for any."""
    return len(declared) == len(given) and all(
        _PARAMETER.fullmatch(own) or own == one for own, one in zip(declared, given, strict=True)
    )


def read(stacks: Iterable[CreatedStack]) -> list[Definition]:
    """Return the API of the main template, then those of nested stacks."""
    main, *nested = stacks
    return [_definition(main), *(_definition(stack) for stack in nested if _has_api(stack))]


def _has_api(stack: CreatedStack) -> bool:
    return any(stack.resolver.is_created(name) for name in stack.template.of_type(_REST_API))


def _definition(stack: CreatedStack) -> Definition:
    template, resolver = stack
    apis = template.of_type(_REST_API)
    if len(apis) != 1:
        raise TemplateError(f"the embedded stack serves one API of a template; {template.stack_name} has {len(apis)}")
    [(api_name, api)] = apis.items()
    [stage] = [resolver.resolve(s["Properties"]) for s in template.of_type("AWS::ApiGateway::Stage").values()]
    body = resolver.resolve(api["Properties"]["Body"])
    authorizers = _authorizers(body)
    methods = [
        _method(resource, http_method.upper(), operation, authorizers)
        for resource, operations in body["paths"].items()
        for http_method, operation in operations.items()
    ]
    return Definition(
        name="-".join(template.path),
        api_id=resolver.resolve({"Ref": api_name}),
        stage=stage["StageName"],
        methods=sorted(methods, key=_by_precision),
        authorizers=authorizers,
        gateway_responses=body.get("x-amazon-apigateway-gateway-responses", {}),
        binary_media_types=frozenset(body.get("x-amazon-apigateway-binary-media-types", [])),
        stage_throttle=_throttles(stage).pop(_WHOLE_STAGE, None),
        method_throttles={place: throttle for place, throttle in _throttles(stage).items() if place != _WHOLE_STAGE},
        access_log_format=stage.get("AccessLogSetting", {}).get("Format", ""),
        minimum_compression_bytes=api["Properties"].get("MinimumCompressionSize"),
    )


def _method(resource: str, http_method: str, operation: Document, authorizers: dict[str, Authorizer]) -> Method:
    integration = operation["x-amazon-apigateway-integration"]
    schemes = [name for requirement in operation.get("security", []) for name in requirement]
    is_mock = integration["type"].lower() == "mock"
    return Method(
        resource=resource,
        pattern=_pattern(resource),
        http_method=http_method,
        function_arn=None if is_mock else _function_arn(integration["uri"]),
        mock_headers=_mock_headers(integration) if is_mock else {},
        authorizer=next((name for name in schemes if name in authorizers), None),
        needs_api_key="api_key" in schemes,
    )


def _authorizers(body: Document) -> dict[str, Authorizer]:
    found = {}
    for name, scheme in body.get("securityDefinitions", {}).items():
        if settings := scheme.get("x-amazon-apigateway-authorizer"):
            if settings["type"] != "request":
                raise TemplateError(f"the embedded stack runs REQUEST authorizers; {name} is {settings['type']}")
            sources = [source for source in settings.get("identitySource", "").split(",") if source.strip()]
            found[name] = Authorizer(
                function_arn=_function_arn(settings["authorizerUri"]),
                identity_headers=tuple(source.strip().rpartition(".")[2].lower() for source in sources),
                cache_ttl_seconds=int(settings.get("authorizerResultTtlInSeconds", 300)),
            )
    return found


def _throttles(stage: Document) -> dict[tuple[str, str], Throttle]:
    """Return throttles by resource and method; settings write a resource's slashes as ~1."""
    found = {}
    for settings in stage.get("MethodSettings", []):
        if "ThrottlingRateLimit" in settings:
            resource = settings["ResourcePath"].removeprefix("/").replace("~1", "/")
            throttle = Throttle(float(settings["ThrottlingRateLimit"]), int(settings["ThrottlingBurstLimit"]))
            found[(resource, settings["HttpMethod"])] = throttle
    return found


def _function_arn(uri: str) -> str:
    if match := _FUNCTION_ARN.search(uri):
        return match[1]
    raise TemplateError(f"no function in the integration address {uri}")


def _mock_headers(integration: Document) -> dict[str, str]:
    parameters = integration["responses"]["default"]["responseParameters"]
    return {name.removeprefix("method.response.header."): value.strip("'") for name, value in parameters.items()}


def _pattern(resource: str) -> re.Pattern[str]:
    parts = []
    end = 0
    for match in _PARAMETER.finditer(resource):
        parts += [re.escape(resource[end : match.start()]), f"(?P<{match[1]}>{'.+' if match[2] else '[^/]+'})"]
        end = match.end()
    return re.compile("".join(parts) + re.escape(resource[end:]))


def _by_precision(method: Method) -> tuple[bool, int, str]:
    """Sort the most precise resource first, as API Gateway prefers: no parameters, then no greedy ones."""
    return "+}" in method.resource, method.resource.count("{"), method.resource
