"""docs/openapi.yaml says what the code says: routes and security, models, errors; and it is what is served."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from pixel.events import models
from pixel.events.filters import FILTERS
from pixel.faces.smart_links import SMART_LINKS
from pixel.foundation.errors import ERRORS, ApiError, ErrorCode, ErrorDefinition
from pixel.http.openapi_document import openapi_document
from pixel.reports.pipe_query import caller_parameters
from pixel.reports.window import PARAMETERS
from pixel.tinybird.catalogue import Pipe, catalogue
from pixel.workspaces.alerts import NewAlert
from pixel.workspaces.models import RecordModel
from pixel.workspaces.reports import NewReport
from tests import openapi
from tests.contracts.for_each import for_each
from tests.contracts.source_files import FUNCTIONS, LAYER, attributes_of, handler_file, imports
from tests.template import document
from tests.template.document import ROOT
from tools.openapi.routes import all_routes, is_described

_FILES = [Path("docs/openapi.yaml"), Path("docs/openapi-links.yaml"), Path("docs/reference/document.js")]
_OPERATIONS = openapi.operations()
_MODELS: dict[str, type[models.Event]] = {
    "Pageview": models.Pageview,
    "Custom": models.Custom,
    "Payment": models.Payment,
}
_OF_CONFLICT = {ErrorCode.RECORD_IN_USE, ErrorCode.LINKS_LEFT}
"""Shown as CONFLICT, whose example is that of another error."""
_OF_SHORT_LINKS = {
    ErrorCode.FEATURE_NOT_AVAILABLE,
    ErrorCode.SHORT_CODE_EXISTS,
    ErrorCode.ALREADY_DELETED,
    *_OF_CONFLICT,
}
_QUERY = "/api/v1/pixel/query/{pipe}"
_EXAMPLES = openapi.document()["components"]["examples"]
_PAGEVIEW = {"website_id": "admx_1", "name": "pageview", "path": "/"}
_PAYMENT = {"website_id": "admx_1", "name": "payment", "amount": "9.50", "currency": "EUR"}
_SOUND = [
    _PAGEVIEW,
    {**_PAGEVIEW, "path": None, "url": "HTTPS://example.com"},
    {**_PAGEVIEW, "visitor_id": f" {'v' * 120} ", "title": "\u200b", "utm_term": ""},
    {**_PAGEVIEW, "properties": {"a": 1, "b": 1.5, "c": None, "d": True, "e": "\x01"}},
    _PAYMENT,
    {**_PAYMENT, "amount": 0.0001, "quantity": 1_000_000},
    {"website_id": "admx_1", "name": "custom", "goal_name": "g", "value": "-1.5"},
]
_UNSOUND: list[dict[str, Any]] = [
    {},
    {**_PAGEVIEW, "name": "page"},
    {**_PAGEVIEW, "path": None},
    {**_PAGEVIEW, "path": ""},
    {**_PAGEVIEW, "path": "x" * 4097},
    {**_PAGEVIEW, "more": 1},
    {**_PAGEVIEW, "url": "ftp://example.com"},
    {**_PAGEVIEW, "visitor_id": "  "},
    {**_PAGEVIEW, "title": "\x00"},
    {**_PAGEVIEW, "event_id": "a b"},
    {**_PAGEVIEW, "screen": "0x1"},
    {**_PAGEVIEW, "country": "D"},
    {**_PAGEVIEW, "timestamp": "2026-01-01"},
    {**_PAGEVIEW, "properties": {"": 1}},
    {**_PAGEVIEW, "properties": {"a": []}},
    {**_PAGEVIEW, "properties": {"a": 2**63}},
    {**_PAGEVIEW, "properties": {str(number): 1 for number in range(51)}},
    {**_PAYMENT, "amount": 0},
    {**_PAYMENT, "amount": "0.00"},
    {**_PAYMENT, "amount": 1_000_000_000},
    {**_PAYMENT, "amount": True},
    {**_PAYMENT, "refund": 1},
    {**_PAYMENT, "quantity": 0},
    {**_PAYMENT, "email": "nobody"},
]
_WORDS = {
    *("$ref", "type", "enum", "const", "format", "pattern", "description", "default", "example", "examples"),
    *("anyOf", "oneOf", "allOf", "discriminator", "properties", "required", "additionalProperties", "propertyNames"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength"),
    *("minItems", "maxItems", "uniqueItems", "items", "prefixItems", "minProperties", "maxProperties"),
}
_FOR_READERS = {"collect", "open_share", "get_share_data"}
"""Functions that need no key, and refuse readers nevertheless."""
_REFUSING_WITHOUT_KEY = {"collect", "get_share_data", "mail_page", "change_mail"}
"""Functions that need no key, and answer 403 nevertheless."""
_FACES = {route.function: route.face for route in all_routes()}
_VALUES: dict[str, Any] = dict.fromkeys(
    (
        *("required", "kind", "panel", "seconds", "limit", "records", "sent", "allowed", "window", "links", "because"),
        "whose",
    ),
    "anything",
)
"""For the placeholders of messages."""
_BY_GATEWAY = {
    *("bad_request", "not_found", "quota_exceeded", "rate_limit_exceeded", "payload_too_large", "internal_error"),
}
"""Codes that a function need not raise; those of the authorizer are in its imports."""


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("openapi")
    subprocess.run([sys.executable, "-m", "tools.openapi", "--into", str(folder)], cwd=ROOT, check=True)
    return folder


@pytest.mark.parametrize("file", _FILES, ids=str)
def test_file_is_as_generated(generated: Path, file: Path) -> None:
    assert (ROOT / file).read_text() == (generated / file).read_text(), "run `make docs`"


def test_what_is_served_is_what_the_docs_show() -> None:
    assert openapi_document().content == openapi.DOCUMENT.read_text()


def test_a_built_layer_serves_its_own_copy(tmp_path: Path) -> None:
    module = tmp_path / "openapi_document.py"
    module.write_text((LAYER / "http" / "openapi_document.py").read_text())
    (tmp_path / "openapi.yaml").write_text("openapi: 3.1.0")
    spec = spec_from_file_location("built_document", module)
    assert spec
    assert spec.loader
    built = module_from_spec(spec)
    spec.loader.exec_module(built)

    assert built.openapi_document().content == "openapi: 3.1.0"


def test_the_document_is_valid_openapi() -> None:
    assert list(OpenAPIV31SpecValidator(openapi.document()).iter_errors()) == []


def test_it_has_the_routes_of_the_template_each_under_the_name_of_its_function() -> None:
    routes = {
        (source["Properties"]["Method"].lower(), source["Properties"]["Path"].replace("+}", "}")): Path(
            function["Properties"]["CodeUri"]
        ).name
        for function in document.functions_of_programs().values()
        for source in function["Properties"].get("Events", {}).values()
        if source["Type"] == "Api" and is_described(source["Properties"])
    }

    of_pipes = {("get", _QUERY.replace("{pipe}", pipe)): f"query_{pipe.removeprefix('p_')}" for pipe in catalogue()}

    assert {route: operation["operationId"] for route, operation in _OPERATIONS.items()} == routes | of_pipes


@for_each(("method", "path"), _OPERATIONS)
def test_a_route_asks_for_a_key_where_the_template_does(method: str, path: str) -> None:
    guarded = bool(document.paths_of_programs()[openapi.template_of(path)][method]["security"])

    operation = _OPERATIONS[method, path]

    assert ("ApiKey" in _schemes(operation)) == guarded
    assert ("401" in operation["responses"]) == (guarded or operation["operationId"] in _FOR_READERS)


@for_each("folder", FUNCTIONS)
def test_a_route_names_the_scope_that_its_handler_asks_for(folder: Path) -> None:
    """Read from the text of the handler, where the generator reads it from the handler itself."""
    text = (folder / "handler.py").read_text()
    named = [_scope(face, name) for face, name in re.findall(r"@route\(scope=(\w*)Scope\.(\w+)[,)]", text)]
    named = ["insight:read" if name.lower() == "short:insight" else name for name in named]
    named += ["pixel:READ" for _ in re.findall(r"= (?:list|get)_route\(", text)]
    named += ["pixel:MANAGE" for _ in re.findall(r"= (?:create|update|delete|rotate)_route\(", text)]
    [operation] = [one for one in _OPERATIONS.values() if one["operationId"] == folder.name] or [{"security": []}]

    scopes = [scope for entry in operation["security"] for scope in entry.get("ApiKey", ())]

    assert scopes == [name.lower() for name in named]
    assert ("403" in operation.get("responses", {})) == (bool(scopes) or folder.name in _REFUSING_WITHOUT_KEY)


@for_each("error", ERRORS.values())
def test_a_code_has_an_example_and_a_route_that_may_answer_it(error: ErrorDefinition) -> None:
    code = _shown_code(error)
    where = [
        codes
        for operation in _OPERATIONS.values()
        for status, response in operation["responses"].items()
        if code in (codes := openapi.codes_of(response)) and int(status) == error.status
    ]
    example = next(one["value"]["error"] for one in _EXAMPLES.values() if one["summary"] == code)
    message = re.sub(r"\\{\w+\\}", ".+", re.escape(error.message))

    assert where
    assert error in _OF_CONFLICT or re.fullmatch(message, example["message"])


@for_each(("method", "path"), _OPERATIONS)
def test_an_example_of_a_failure_is_such_an_answer(method: str, path: str) -> None:
    for status, response in _OPERATIONS[method, path]["responses"].items():
        for code in openapi.codes_of(response):
            given = (method, path, int(status), "application/json", openapi.example_of(response, code)["value"])
            assert openapi.faults_of_answer(*given) == []


@for_each(("method", "path"), _OPERATIONS)
def test_a_route_names_only_codes_that_its_function_or_the_gateway_can_raise(method: str, path: str) -> None:
    operation = _OPERATIONS[method, path]
    named = {code for response in operation["responses"].values() for code in openapi.codes_of(response)}
    function = _OPERATIONS[method, openapi.template_of(path).replace("+}", "}")]["operationId"]
    modules = _reached(handler_file(function))
    modules |= _reached(handler_file("authorizer")) if "ApiKey" in _schemes(operation) else set()
    face = _FACES[function]
    raised = {face.shown(ApiError(error, **_VALUES)).code for error in set().union(*map(_raised, modules))}

    assert named - raised <= _BY_GATEWAY


@pytest.mark.parametrize("response_type", document.gateway_responses())
def test_an_answer_of_the_gateway_is_one_of_the_document(response_type: str) -> None:
    template = document.gateway_responses()[response_type]["ResponseTemplates"]["application/json"]
    template = re.sub(r"\$context\.authorizer\.error_(code|docs)", "api_key_revoked", template)
    body = json.loads(template)
    status = str(
        document.gateway_responses()[response_type].get("StatusCode", ERRORS[body["error"]["code"].upper()].status)
    )
    path = "/api/v1/pixel/events" if status == "413" else "/api/v1/pixel/query/{pipe}"
    method = "post" if status == "413" else "get"

    assert openapi.faults_of_answer(method, path, int(status), "application/json", body) == []


@for_each("error", ERRORS.values())
def test_a_code_is_met_by_a_test_that_holds_the_answer_against_the_document(error: ErrorDefinition) -> None:
    """Every answer in tests/routes is; those of the gateway are in the test before this one."""
    by_gateway = {json.dumps(response) for response in document.gateway_responses().values()}
    code = _shown_code(error)
    met = [path for path in (ROOT / "tests" / "routes").rglob("*.py") if f'"{code}"' in path.read_text()]

    assert met or any(error.code in response for response in by_gateway)


@pytest.mark.parametrize("name", _MODELS)
def test_a_body_has_the_fields_of_its_model(name: str) -> None:
    described = openapi.document()["components"]["schemas"][name]
    fields = _MODELS[name].model_fields

    assert list(described["properties"]) == list(fields)
    assert described["required"] == [field for field, info in fields.items() if info.is_required()]


@pytest.mark.parametrize("name", _MODELS)
def test_an_example_of_a_body_is_one_that_is_taken(name: str) -> None:
    example = openapi.document()["components"]["schemas"][name]["example"]

    assert _validator("Event").is_valid(example)
    assert isinstance(models.read_event(example), _MODELS[name])


@pytest.mark.parametrize(
    ("sound", "given"), [*((True, body) for body in _SOUND), *((False, body) for body in _UNSOUND)]
)
def test_model_and_schema_agree_on_a_body(given: dict[str, Any], *, sound: bool) -> None:
    assert _validator("Event").is_valid(given) == sound
    assert _is_taken(given) == sound


def test_a_number_of_a_body_has_its_bounds_in_words_of_json_schema() -> None:
    schemas = openapi.document()["components"]["schemas"]

    days = schemas["RequestedKey"]["properties"]["expires_in_days"]
    assert (days["minimum"], days["maximum"]) == (1, 3650)
    assert sorted(_unknown_words(schemas)) == []


def _unknown_words(schemas: dict[str, Any]) -> Iterator[str]:
    """Yield the words of schemas that neither JSON Schema nor OpenAPI has, which validators pass over."""
    for schema in schemas.values():
        yield from {word for word in schema if word not in _WORDS}
        nested = {**schema.get("properties", {}), **{str(n): one for n, one in enumerate(schema.get("anyOf", []))}}
        nested |= {
            word: schema[word] for word in ("items", "additionalProperties") if isinstance(schema.get(word), dict)
        }
        yield from _unknown_words(nested)


@pytest.mark.parametrize(("record", "model"), [("Alert", NewAlert), ("Report", NewReport)])
def test_a_channel_is_one_that_can_be_chosen(record: str, model: type[RecordModel]) -> None:
    described = openapi.document()["components"]["schemas"][record]["properties"]["channel"]["enum"]

    assert model.model_json_schema()["properties"]["channel"]["enum"] == described


@pytest.mark.parametrize("pipe", catalogue().values(), ids=lambda pipe: pipe.name)
def test_a_query_takes_and_gives_what_its_pipe_does(pipe: Pipe) -> None:
    operation = _OPERATIONS["get", _QUERY.replace("{pipe}", pipe.name)]
    parameters = [openapi.resolved(entry) for entry in operation["parameters"]]
    required = {name for name, parameter in pipe.parameters.items() if parameter.required} - {"workspace_id"}
    answer = openapi.resolved(openapi.schema_of(operation, 200)["properties"]["data"])
    row = openapi.resolved(answer["properties"]["data"]["items"])

    names = [entry["name"] for entry in parameters]
    of_many = {"website_id", *PARAMETERS, "minutes", "limit", "offset", "include_bots", "format"}

    assert names == sorted(names, key=lambda name: (name in FILTERS) * 2 + (name in of_many)), "its own come first"
    assert {entry["name"] for entry in parameters} == {"website_id", *PARAMETERS, "format"} | caller_parameters(pipe)
    assert {entry["name"] for entry in parameters if entry.get("required")} == required
    assert list(row["properties"]) == row["required"] == [column["name"] for column in pipe.columns]


def test_a_query_by_name_takes_every_pipe() -> None:
    [pipe, *others] = [openapi.resolved(entry) for entry in _OPERATIONS["get", _QUERY]["parameters"]]

    assert pipe["schema"]["enum"] == list(catalogue())
    assert [entry["name"] for entry in others] == ["website_id", *PARAMETERS, "format"]


def _scope(face: str, name: str) -> str:
    """Return the scope that a handler names, such as LinksScope.RULES_READ."""
    return name.replace("_", ":") if face == "Links" else f"{face or 'Pixel'}:{name}"


def _schemes(operation: dict[str, Any]) -> set[str]:
    return {scheme for entry in operation["security"] for scheme in entry}


def _shown_code(error: ErrorDefinition) -> str:
    """Return the code of an error on the routes that may answer it, most of which are of the core."""
    return SMART_LINKS.shown(ApiError(error, **_VALUES)).code if error in _OF_SHORT_LINKS else error.code


def _is_taken(given: dict[str, Any]) -> bool:
    try:
        models.read_event(given)
    except ApiError:
        return False
    return True


def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": openapi.document()["components"]}
    )


@cache
def _raised(module: Path) -> set[ErrorDefinition]:
    return {ERRORS[name] for name in attributes_of(module, "ErrorCode") if name.isupper()}


def _reached(file: Path) -> set[Path]:
    """Return the modules of the layer that a file imports, and those that they import."""
    found: set[Path] = set()
    waiting = [file]
    while waiting:
        added = _imported(waiting.pop()) - found
        found |= added
        waiting.extend(added)
    return found


@cache
def _imported(file: Path) -> set[Path]:
    return {module for name in imports(file) if (module := _module_of(name)) is not None}


def _module_of(name: str) -> Path | None:
    """Return the layer's file behind pixel.http.route.route, or behind pixel.http.route."""
    parts = name.split(".")
    if parts[0] != "pixel":
        return None
    found = (LAYER.joinpath(*parts[1:end]).with_suffix(".py") for end in range(len(parts), 1, -1))
    return next((path for path in found if path.exists()), None)
