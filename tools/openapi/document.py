"""The documents: every route of the templates, and the query of every pipe, by the API that has them.

The page of the reference shows all of them; programs get the document of one API.
"""

from collections.abc import Collection, Iterator
from functools import partial
from typing import Any

import yaml

from pixel import __version__
from pixel.foundation.errors import ErrorCode, ErrorDefinition
from pixel.tinybird.catalogue import Pipe, catalogue
from tools.openapi import answers, events, failures, infinity, mail_operations, parameters, pxl, smart_links
from tools.openapi.operation import Operation
from tools.openapi.operations import ABOUT_ROWS, OPERATIONS, query_of
from tools.openapi.routes import LINKS, Route, all_routes, routes
from tools.openapi.samples import samples
from tools.openapi.schema import Schema, ref

_ABOUT = """\
A server-to-server web analytics API: backends send events, dashboards read numbers. A workspace owns all of it, and the
workspace is that of the API key.

- **Keys** belong on servers: `Authorization: Bearer <key>`. Its scopes open routes: `pixel:read`, `pixel:write`,
  `pixel:manage` and `pixel:keys`, none of which implies another; a key without scopes may ask `/api/v1/me`. To a key
  that is bound to websites, others are as if they did not exist.
- **Answers** have one envelope: `data` or `error`, and `meta.request_id`. Branch on `error.code`; a message is for
  people.
- **Rate limit**: 60 requests a minute for a workspace, unless it has a limit of its own. Every answer of a function to
  a key says in `X-RateLimit-*` what is left; a 429 says in `Retry-After` how long to wait.
- **Other faces**: routes under *Infinity Metrics* and *Pxl* answer as those APIs do, with limits and keys of their own.
- **Short links** are managed by an API with an address of its own, the output LinksApiUrl of a deployed stack.
- **Samples** take the address and the key from environment variables; for the embedded stack (`make run`),
  `source .local/env.sh` sets them.
- **Times** are ISO 8601 in UTC. Answers may get more fields within v1, and lose none.
- A request that API Gateway itself cannot read is answered `bad_request`, mostly with 400, rarely with another status.
- A path or method that is not listed here, HEAD of all but `/api/v1/short` among them, is answered 404 `not_found`.
  OPTIONS answers preflights.
"""
_TAGS = {
    "Service": "The API itself, and the key.",
    "Keys": "API keys of the workspace, and who changed what.",
    "Workspace": "What a workspace owns.",
    "Browser pixel": "A script for the pages of a website, and the route that it sends events to.",
    "Dashboard": "The page of a share link, and what it shows.",
    mail_operations.TAG: mail_operations.ABOUT,
    "Reports": "Numbers: rows, or tokens to ask Tinybird for them.",
    "Rows by pipe": f"The query of each pipe, with its own parameters first, and its rows. {ABOUT_ROWS}",
    "Events": "What happened, on its way in.",
    infinity.TAG: infinity.ABOUT,
    pxl.TAG: pxl.ABOUT,
    **smart_links.TAGS,
}
_SERVERS = [
    {
        "url": "http://127.0.0.1:{port}",
        "description": "The embedded stack, make run",
        "variables": {"port": {"default": "8787"}},
    },
    {
        "url": "https://{domain}",
        "description": "A domain of your own",
        "variables": {"domain": {"default": "api.example.com"}},
    },
    {
        "url": "https://{api}.execute-api.{region}.amazonaws.com/{stage}",
        "description": "A deployed stack, its output ApiUrl",
        "variables": {
            "api": {"default": "a1b2c3d4e5"},
            "region": {"default": "eu-central-1"},
            "stage": {"default": "live"},
        },
    },
]
_OF_ANY = (
    ErrorCode.INVALID_QUERY,
    ErrorCode.BAD_REQUEST,
    ErrorCode.RATE_LIMIT_EXCEEDED,
    ErrorCode.INTERNAL_ERROR,
)
_WITH_A_KEY = (
    ErrorCode.MISSING_AUTHORIZATION,
    ErrorCode.INVALID_AUTHORIZATION_FORMAT,
    ErrorCode.INVALID_API_KEY,
    ErrorCode.API_KEY_REVOKED,
    ErrorCode.API_KEY_EXPIRED,
    ErrorCode.QUOTA_EXCEEDED,
)
_ANSWERED_TOO = {500: (502, 504)}  # for functions that crash, time out or return an invalid response


class _Dumper(yaml.SafeDumper):
    """A dumper without anchors, so that each part can be read by itself."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, data: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style="|" if "\n" in data.strip() else None)


_Dumper.add_representer(str, _text)


def to_yaml(written: Schema) -> str:
    head = "# Written by `make docs`; tools/openapi says from what.\n"
    return head + yaml.dump(written, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def of_main_api(whole: Schema) -> Schema:
    """Return the document of the main API."""
    others = {route.path for route in routes(LINKS)}
    return _of_paths(whole, {path for path in whole["paths"] if path not in others})


def of_links_api(whole: Schema) -> Schema:
    """Return the document of the API that manages short links."""
    found = _of_paths(whole, {route.path for route in routes(LINKS)})
    info = {**whole["info"], "title": "Pixel API - short links", "description": smart_links.ABOUT}
    return {**found, "info": info, "servers": smart_links.SERVERS}


def _of_paths(whole: Schema, paths: Collection[str]) -> Schema:
    """Return the document with these paths, and with what they refer to of the rest."""
    chosen = {path: methods for path, methods in whole["paths"].items() if path in paths}
    operations = [operation for methods in chosen.values() for operation in methods.values()]
    tags = {tag for operation in operations for tag in operation["tags"]}
    schemes = {name for operation in operations for entry in operation["security"] for name in entry}
    components = whole["components"]
    needed = _referred(components, chosen) | {("securitySchemes", name) for name in schemes}
    return {
        **whole,
        "tags": [tag for tag in whole["tags"] if tag["name"] in tags],
        "paths": chosen,
        "components": {
            kind: {name: one for name, one in entries.items() if (kind, name) in needed}
            for kind, entries in components.items()
        },
    }


def _referred(components: Schema, part: object) -> set[tuple[str, str]]:
    """Return kinds and names of the components that a part of the document refers to, directly or not."""
    found: set[tuple[str, str]] = set()
    waiting = [part]
    while waiting:
        match waiting.pop():
            case {"$ref": str(place)}:
                kind, name = place.split("/")[-2:]
                if (kind, name) not in found:
                    found.add((kind, name))
                    waiting.append(components[kind][name])
            case dict(entries):
                waiting.extend(entries.values())
            case list(entries):
                waiting.extend(entries)
    return found


def whole_document() -> Schema:
    """Return the document of all APIs, which the page of the reference shows."""
    paths: dict[str, Schema] = {}
    failing: dict[str, Schema] = {}
    for route, operation in _operations():
        codes = failures.codes_by_status(_codes(route, operation), route.face)
        for status, named in codes.items():
            name = failures.response_name(status, named, route.face, needs_key=route.needs_key)
            failing[name] = failures.response(status, named, route.face, needs_key=route.needs_key)
        paths.setdefault(route.path, {})[route.method] = _operation(route, operation, codes)
    components = _components(failing)
    for path, methods in paths.items():
        for method, operation in methods.items():
            if found := samples(method, path, operation, partial(_resolved, components)):
                operation["x-codeSamples"] = found
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pixel API",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": _SERVERS,
        "security": [{"ApiKey": []}],
        "tags": [{"name": name, "description": description} for name, description in _TAGS.items()],
        "paths": paths,
        "components": components,
    }


def _components(failing: dict[str, Schema]) -> Schema:
    return {
        "securitySchemes": {
            "ApiKey": {"type": "http", "scheme": "bearer", "description": "`pixel_live_...` or `pixel_test_...`"},
            "LinksKey": {
                "type": "apiKey",
                "in": "header",
                "name": "X-API-Key",
                "description": "The same key, as Linquid takes it",
            },
            "Viewer": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "`Viewer <session>`, as share/open and dashboard-sessions give it",
            },
        },
        "parameters": parameters.components(),
        "headers": failures.headers(),
        "responses": dict(sorted(failing.items())),
        "schemas": {**events.schemas(), **answers.schemas(), **failures.schemas()},
        "examples": failures.examples(),
    }


def _resolved(components: Schema, entry: Schema) -> Schema:
    """Return what a reference points to."""
    if "$ref" not in entry:
        return entry
    kind, name = entry["$ref"].split("/")[-2:]
    found: Schema = components[kind][name]
    return found


def _operations() -> Iterator[tuple[Route, Operation]]:
    for route in sorted(all_routes(), key=lambda route: route.path):
        yield route, OPERATIONS[route.function]
        if route.function == "query_pipe":
            yield from ((_query_route(route, pipe), query_of(pipe)) for pipe in catalogue().values())


def _query_route(route: Route, pipe: Pipe) -> Route:
    """Return the route of one pipe, which the template has for all of them."""
    name = f"query_{pipe.name.removeprefix('p_')}"
    return route._replace(path=route.path.replace("{pipe}", pipe.name), function=name, summary=pipe.name)


def _operation(route: Route, operation: Operation, codes: dict[int, tuple[str, ...]]) -> Schema:
    return {
        "operationId": route.function,
        "tags": [operation.tag],
        "summary": route.summary,
        "description": operation.description,
        "security": _security(route, operation),
        **({"parameters": list(operation.parameters)} if operation.parameters else {}),
        **({"requestBody": operation.body} if operation.body else {}),
        "responses": _responses(route, operation, codes),
    }


def _security(route: Route, operation: Operation) -> list[Schema]:
    if operation.is_for_viewers:
        return [{"Viewer": []}]
    scopes = [str(route.scope)] if route.scope else []
    other = [{"LinksKey": scopes}] if route.face.key_header else []
    return [{"ApiKey": scopes}, *other] if route.needs_key else []


def _responses(route: Route, operation: Operation, codes: dict[int, tuple[str, ...]]) -> Schema:
    success: Schema = {"description": "Success.", "content": operation.answer}
    if route.needs_key:
        sent = (*failures.limit_headers_of(route.face), *failures.headers_of(route.face), *operation.headers)
        success["headers"] = {name: ref("headers", name) for name in sent}
    elif operation.headers:
        success["headers"] = {name: ref("headers", f"Weak{name}") for name in operation.headers}
    failing = {
        str(answered): ref("responses", failures.response_name(status, named, route.face, needs_key=route.needs_key))
        for status, named in codes.items()
        for answered in (status, *_ANSWERED_TOO.get(status, ()))
    }
    found = {str(status): success for status in sorted({operation.status, *operation.other_statuses})} | failing
    if operation.headers and not route.needs_key:
        found["304"] = {"description": "As If-None-Match says, the client has it."}
    for status, description in operation.other_pages.items():
        found[str(status)] = {"description": description, "content": operation.answer}
    if route.function == "get_health":
        found["503"] = {"description": "A check fails.", "content": operation.answer}
    return found


def _codes(route: Route, operation: Operation) -> set[ErrorDefinition]:
    codes = {*_OF_ANY, *operation.codes}
    if route.needs_key:
        codes |= {*_WITH_A_KEY}
    if route.scope is not None:
        codes.add(ErrorCode.INSUFFICIENT_SCOPE)
    if "{" in route.path:  # an unusual value may match no route
        codes.add(ErrorCode.NOT_FOUND)
    return codes
