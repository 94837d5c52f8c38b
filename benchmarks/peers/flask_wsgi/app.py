"""What all routes share: the caller, from API Gateway's context, and the count of the request."""

from typing import Any

from flask import abort, request

from benchmarks.peers.stores import Allowance, count_request


def admit(scope: str) -> tuple[dict[str, str], Allowance]:
    caller: dict[str, str] = request.environ["apig_wsgi.request_context"]["authorizer"]
    allowance = count_request(caller["workspace_id"], int(caller["rate_limit"]))
    if allowance.remaining < 0:
        abort(429)
    if scope not in caller["scopes"].split():
        abort(403)
    return caller, allowance


def enveloped(data: object) -> dict[str, Any]:
    request_id = request.environ["apig_wsgi.request_context"]["requestId"]
    return {"data": data, "meta": {"request_id": f"req_{request_id}"}}
