"""Tell the keeper which services a request may have changed, and receive the stack's commands over HTTP."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from local.aws.state import LOAD, START
from local.aws.state.contents import SERVICES
from local.aws.state.file import StateError
from local.aws.state.keeper import Keeper

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

_SERVICE = re.compile(r"/([a-z0-9-]+)/aws4_request")
_READ_ONLY_METHODS = ("GET", "HEAD", "OPTIONS")
_READ_ONLY_OPERATIONS = ("BatchGet", "Describe", "Get", "List", "Query", "Scan")


def keeping(application: Application, keeper: Keeper) -> Application:
    """Wrap the AWS server's application so that the keeper learns of changes and commands."""

    def serve(environment: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if environment["PATH_INFO"] == LOAD:
            return _load(keeper, environment, start_response)
        if environment["PATH_INFO"] == START:
            keeper.start()
            return _answer(start_response, "200 OK", {})
        try:
            return application(environment, start_response)
        finally:
            keeper.note(changed_services(environment))

    return serve


def changed_services(environment: dict[str, Any]) -> set[str]:
    """Return the services that a request may have changed: its own, and SQS where it may send messages."""
    operation = environment.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    if environment["REQUEST_METHOD"] in _READ_ONLY_METHODS or operation.startswith(_READ_ONLY_OPERATIONS):
        return set()
    signed = environment.get("HTTP_AUTHORIZATION", "") or environment.get("QUERY_STRING", "").replace("%2F", "/")
    found = _SERVICE.search(signed)
    if found is None:
        return set(SERVICES)
    return {"dynamodb"} if found[1] == "dynamodb" else {found[1], "sqs"} & SERVICES.keys()


def _load(keeper: Keeper, environment: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    body = environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0))
    try:
        count = keeper.load(json.loads(body))
    except StateError as failure:
        return _answer(start_response, "409 Conflict", {"message": str(failure)})
    return _answer(start_response, "200 OK", {"put_back": count})


def _answer(start_response: StartResponse, status: str, content: dict[str, Any]) -> Iterable[bytes]:
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(content).encode()]
