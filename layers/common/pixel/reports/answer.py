"""The answers to a question: a token with which to ask Tinybird, or the rows that Tinybird gave."""

import json
import re
from http import HTTPStatus
from typing import NamedTuple

from pixel.auth.caller import Caller
from pixel.aws.json_service import AwsError
from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds, iso_of_epoch
from pixel.foundation.connections import ResponseTooLargeError
from pixel.foundation.errors import ApiError, ErrorCode, field_error
from pixel.foundation.observability import count, logger
from pixel.foundation.settings import ConfigurationError
from pixel.http.response import RawJson
from pixel.reports.question import Question
from pixel.tinybird import client, tokens
from pixel.tinybird.catalogue import Pipe
from pixel.tinybird.client import Patience, TinybirdAnswer, TinybirdUnreachableError
from pixel.tinybird.credentials import ADMIN_TOKEN, was_exchanged
from pixel.tinybird.tokens import Token

# Nine seconds are left for DynamoDB and SSM, up to the function's time-out, which is less than API Gateway's.
_PATIENCE = Patience(attempts=3, answer_seconds=12, total_seconds=18, body_bytes_max=5_500_000)
_ANSWER_BYTES_MAX = 6_000_000  # that Lambda can return, with the body as text within JSON
_TOKEN_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_INDENTATION = re.compile(r"\n\s*")
_TOO_LARGE = (
    "The answer would be larger than Lambda can return; ask for fewer rows or a shorter time, or get a token from "
    "/api/v1/pixel/metrics and ask Tinybird directly."
)


class _Asked(NamedTuple):
    caller: Caller
    pipe: Pipe
    question: Question
    deadline: float


def mint(caller: Caller, pipe: Pipe, fixed: dict[str, str]) -> JsonObject:
    """Return a token for the pipe with these fixed parameters."""
    token = _mint(caller, pipe, fixed)
    return {"token": token.text, "pipe": token.pipe, "url": token.url, "expires_at": iso_of_epoch(token.expires_at)}


def query(caller: Caller, pipe: Pipe, question: Question) -> RawJson:
    """Return the rows of the pipe, as Tinybird gave them."""
    asked = _Asked(caller, pipe, question, epoch_seconds() + _PATIENCE.total_seconds)
    answer = _ask(asked)
    if answer.status in _TOKEN_REFUSED and was_exchanged(ADMIN_TOKEN):
        answer = _ask(asked)
    if answer.status == HTTPStatus.OK:
        return _fitting(pipe, _as_given(answer.body))
    if answer.status == HTTPStatus.BAD_REQUEST:
        raise _refusal(pipe, answer.body)
    raise _failure(f"status {answer.status}")


def _ask(asked: _Asked) -> TinybirdAnswer:
    token = _mint(asked.caller, asked.pipe, asked.question.fixed)
    patience = _PATIENCE._replace(total_seconds=asked.deadline - epoch_seconds())
    try:
        return client.get(f"/v0/pipes/{asked.pipe.name}.json", asked.question.own, token.text, patience)
    except TinybirdUnreachableError as failure:
        raise _failure(str(failure)) from failure
    except ResponseTooLargeError as failure:
        if failure.status != HTTPStatus.OK:
            raise _failure(str(failure)) from failure
        raise _too_large(asked.pipe) from failure


def _fitting(pipe: Pipe, answer: RawJson) -> RawJson:
    """Return the answer if Lambda can: as text within JSON, each quotation mark takes two bytes or more."""
    if len(answer.text) * 6 > _ANSWER_BYTES_MAX and len(json.dumps(answer.text)) > _ANSWER_BYTES_MAX:
        raise _too_large(pipe)
    return answer


def _too_large(pipe: Pipe) -> ApiError:
    field = "limit" if "limit" in pipe.parameters else "from"
    return field_error(ErrorCode.INVALID_QUERY, field, "refused", _TOO_LARGE)


def _mint(caller: Caller, pipe: Pipe, fixed: dict[str, str]) -> Token:
    name = f"{caller.workspace_id}.{caller.key_id}"
    try:
        return tokens.mint(pipe.name, fixed, name=name)
    except (AwsError, ConfigurationError) as failure:
        raise _failure(str(failure)) from failure


def _as_given(body: bytes) -> RawJson:
    """Return the text itself, so that no number changes, but without ClickHouse's indentation.

    A line break cannot be anything but indentation, because JSON escapes those within texts.
    """
    try:
        text = _INDENTATION.sub("", body.decode())
        fields = json.loads(text).keys()
    except (ValueError, AttributeError):
        raise _failure("an answer that is not JSON") from None
    if not fields >= {"data", "meta", "rows", "statistics"}:
        raise _failure("an answer that is not a pipe's")
    return RawJson(text.removesuffix("}") + ',"data_status":"ok"}')


def _refusal(pipe: Pipe, body: bytes) -> ApiError:
    """Return the error for a refused question, in the words of our pipes: others may repeat what the caller sent."""
    said = body.decode(errors="replace")
    sentence = next((known for known in pipe.refusals if json.dumps(known)[1:-1] in said), None)
    if sentence is None:
        logger.warning("unknown refusal of a pipe", pipe=pipe.name)
        sentence = "the pipe cannot answer with these values; check them against /api/v1/pixel/pipes"
    words = re.findall(r"\w+", sentence)
    field = next((word for word in words if word in pipe.parameters), "query")
    return field_error(ErrorCode.INVALID_QUERY, field, "refused", f"{sentence[0].upper()}{sentence[1:]}.")


def _failure(reason: str) -> ApiError:
    logger.error("tinybird failed", reason=reason)
    count("TinybirdFailures")
    return ApiError(ErrorCode.TINYBIRD_ERROR)
