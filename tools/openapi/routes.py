"""The routes of the templates, with their functions and scopes."""

import importlib
import inspect
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from local.template.documents import read_template
from pixel.faces.face import Face
from pixel.faces.pixel_api import CORE
from pixel.http.run_route import LambdaHandler

REPOSITORY = Path(__file__).resolve().parents[2]
MAIN = "template.yaml"
LINKS = "stacks/links.yaml"
_read_once = cache(read_template)  # of which routes are made, and nothing is changed
ALIASES = {"/p/e"}
"""Paths at which a function answers as at its own. The script of the browser pixel alone asks for them."""


class Route(NamedTuple):
    method: str  # in lower case, as OpenAPI has it
    path: str  # as OpenAPI has it, which knows no parameters of several segments
    resource: str  # as the template has it
    function: str  # the name of its folder
    summary: str
    needs_key: bool
    scope: str | None
    face: Face


def all_routes() -> list[Route]:
    """Return the routes that programs call, of all APIs."""
    return [*routes(), *routes(LINKS)]


def routes(template: str = MAIN) -> list[Route]:
    """Return the routes of an API in the order of its template: by noun, then by path."""
    resources = _read_once(REPOSITORY / template)["Resources"].values()
    functions = [resource["Properties"] for resource in resources if resource["Type"] == "AWS::Serverless::Function"]
    return [
        _route(function, source["Properties"])
        for function in functions
        for source in function.get("Events", {}).values()
        if source["Type"] == "Api" and is_described(source["Properties"])
    ]


def is_described(source: dict[str, Any]) -> bool:
    """Return whether the document has a route of its own for it: HEAD is answered by the function of GET."""
    return source["Method"] != "HEAD" and source["Path"] not in ALIASES


def _route(function: dict[str, Any], source: dict[str, Any]) -> Route:
    folder = Path(function["CodeUri"].removeprefix("../"))
    summary = function["Description"].partition(" - ")[2]
    handler = importlib.import_module(".".join([*folder.parts, "handler"])).handler
    return Route(
        method=source["Method"].lower(),
        path=source["Path"].replace("+}", "}"),
        resource=source["Path"],
        function=folder.name,
        summary=summary[0].upper() + summary[1:],
        needs_key=source.get("Auth", {}).get("Authorizer") != "NONE",
        scope=_passed(handler, "scope"),
        face=_passed(handler, "face") or CORE,
    )


def _passed(handler: LambdaHandler, name: str) -> Any:
    """Return what the handler passes to `@route`, because the template does not have it."""
    return inspect.getclosurevars(handler).nonlocals.get(name)
