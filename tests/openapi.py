"""The committed documents as one, and whether an answer is one that it describes."""

import json
import re
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from jsonschema_rs import Draft202012Validator

from local.template.documents import read_yaml
from tests.template.document import ROOT

DOCUMENT = ROOT / "docs" / "openapi.yaml"
OF_LINKS = ROOT / "docs" / "openapi-links.yaml"

Schema = dict[str, Any]


@cache
def document() -> Schema:
    """Return the document of the main API with the routes of that of short links: their components are the same."""
    main, links = (read_yaml(file.read_text()) for file in (DOCUMENT, OF_LINKS))
    components = {
        kind: {**links["components"].get(kind, {}), **main["components"].get(kind, {})}
        for kind in {**main["components"], **links["components"]}
    }
    return {**main, "paths": {**main["paths"], **links["paths"]}, "components": components}


@cache
def operations() -> dict[tuple[str, str], Schema]:
    """Return the operations by method and path."""
    return {
        (method, path): operation
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }


def template_of(path: str) -> str:
    """Return the template's path for a path of the document, which has one for each pipe, and only whole segments."""
    return re.sub(r"(?<=/query/)\w+$", "{pipe}", path).replace("/short/{id}", "/short/{id+}")


def schema_of(operation: Schema, status: int) -> Schema:
    """Return the schema of an answer in JSON."""
    found: Schema = resolved(operation["responses"][str(status)])["content"]["application/json"]["schema"]
    return found


def route_of(method: str, address: str) -> tuple[str, str] | None:
    """Return the operation that an address belongs to, if it is one of the document's."""
    path = address.partition("?")[0]
    if (method.lower(), path) in operations():
        return method.lower(), path
    for known, template in operations():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if known == method.lower() and re.fullmatch(pattern, path):
            return known, template
    return None


def resolved(entry: Schema) -> Schema:
    """Return the schema that a reference points to."""
    if "$ref" not in entry:
        return entry
    kind, name = entry["$ref"].split("/")[-2:]
    found: Schema = document()["components"][kind][name]
    return found


def codes_of(response: Schema) -> set[str]:
    """Return the error codes of an answer that is not a success."""
    return set(resolved(response).get("content", {}).get("application/json", {}).get("examples", {}))


def example_of(response: Schema, code: str) -> Schema:
    """Return the example of a failure with this code."""
    found: Schema = resolved(response)["content"]["application/json"]["examples"][code]
    return resolved(found)


def faults_of_answer(method: str, path: str, status: int, media_type: str, body: Any) -> list[str]:
    """Return what the document does not describe of this answer, unknown fields included."""
    response = operations()[method, path]["responses"].get(str(status))
    if response is None:
        return [f"{method} {path} may not be answered {status}"]
    if media_type not in resolved(response)["content"]:
        return [f"{method} {path} may not be answered as {media_type}"]
    faults = [
        f"{error.instance_path}: {error.message}"
        for error in _validator(json.dumps(resolved(response)["content"][media_type]["schema"])).iter_errors(body)
    ]
    if not faults and "error" in body and (code := body["error"]["code"]) not in codes_of(response):
        faults.append(f"{method} {path} may not be answered {status} with {code}")
    return faults


def faults_of_headers(
    method: str, path: str, status: int, headers: Mapping[str, str], *, by_gateway: bool
) -> list[str]:
    """Return what is wrong with the described headers that were sent, and which required ones are missing."""
    described = resolved(operations()[method, path]["responses"][str(status)]).get("headers", {})
    sent = {name: value for name, value in headers.items() if name in document()["components"]["headers"]}
    # API Gateway does not count, and a function that crashes may not have counted yet.
    counted = not by_gateway and status != HTTPStatus.INTERNAL_SERVER_ERROR
    needed = {
        name
        for name in described
        if (counted or not name.lower().startswith("x-ratelimit-"))
        and not (by_gateway and name == "X-Request-Id")
        and name != "Idempotent-Replayed"
        and (name != "Retry-After" or (status == HTTPStatus.TOO_MANY_REQUESTS and not by_gateway))
        # API Gateway renames that of a function (docs/errors.md).
        and (name != "WWW-Authenticate" or by_gateway)
    }
    return [
        *(f"{status} has {name}, which is not described" for name in sorted(sent.keys() - described.keys())),
        *(f"{status} lacks {name}" for name in sorted(needed - sent.keys())),
        *(
            f"{name}: {value} is no whole number"
            for name, value in sent.items()
            if document()["components"]["headers"][name]["schema"]["type"] == "integer" and not value.isdecimal()
        ),
    ]


@cache
def _validator(schema: str) -> Draft202012Validator:
    """Return what checks a schema; all errors have the same one."""
    return Draft202012Validator({**json.loads(schema), "components": {"schemas": _closed_schemas()}})


@cache
def _closed_schemas() -> Any:
    return _closed(document()["components"]["schemas"])


def _closed(value: Any) -> Any:
    """Close the schema's objects: clients must expect new fields, but tests count undescribed ones as mistakes."""
    if isinstance(value, list):
        return [_closed(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    closed = {name: _closed(entry) for name, entry in value.items()}
    if value.get("type") == "object" and "properties" in value:
        closed.setdefault("additionalProperties", False)
    return closed
