"""Calls of pipes with tokens of our own, which are signed for each call."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from pixel.foundation.clock import epoch_seconds
from pixel.tinybird import client, tokens
from pixel.tinybird.client import RetryPolicy, TinybirdResponse
from pixel.tinybird.credentials import ADMIN_TOKEN, was_rotated

_TOKEN_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


class PipeCall(NamedTuple):
    """What a pipe is asked: parameters that the token fixes, and others."""

    pipe: str
    fixed: Mapping[str, str]
    parameters: Mapping[str, str]


def call_pipe(call: PipeCall, retry_policy: RetryPolicy, *, name: str) -> TinybirdResponse:
    """Call a pipe and return the response, whatever its status. `name` is whom Tinybird counts the request for.

    If the token is refused because its secret was rotated, the call is repeated with the new secret. Raises AwsError,
    ConfigurationError, TinybirdUnreachableError or ResponseTooLargeError.
    """
    deadline = epoch_seconds() + retry_policy.total_seconds
    response = _send(call, retry_policy, deadline, name)
    if response.status in _TOKEN_REFUSED and was_rotated(ADMIN_TOKEN):
        response = _send(call, retry_policy, deadline, name)
    return response


def _send(call: PipeCall, retry_policy: RetryPolicy, deadline: float, name: str) -> TinybirdResponse:
    token = tokens.mint(call.pipe, call.fixed, name=name)
    left = retry_policy._replace(total_seconds=deadline - epoch_seconds())
    return client.get(f"/v0/pipes/{call.pipe}.json", call.parameters, token.text, left)
