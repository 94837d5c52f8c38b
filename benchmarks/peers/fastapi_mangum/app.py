"""What all routes share: the caller, from API Gateway's context, and the count of the request."""

from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request, Response

from benchmarks.peers.stores import count_request


# A coroutine although boto3 blocks, because a Lambda process handles one request at a time and threads cost more.
async def current_caller(request: Request, response: Response) -> dict[str, str]:
    caller: dict[str, str] = request.scope["aws.event"]["requestContext"]["authorizer"]
    allowance = count_request(caller["workspace_id"], int(caller["rate_limit"]))
    if allowance.remaining < 0:
        raise HTTPException(429, headers=allowance.headers())
    response.headers.update(allowance.headers())
    return caller


Caller = Annotated[dict[str, str], Depends(current_caller)]


def require(caller: dict[str, str], scope: str) -> None:
    if scope not in caller["scopes"].split():
        raise HTTPException(403)


def enveloped(request: Request, data: object) -> dict[str, Any]:
    request_id = request.scope["aws.event"]["requestContext"]["requestId"]
    return {"data": data, "meta": {"request_id": f"req_{request_id}"}}
