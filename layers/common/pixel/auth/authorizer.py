"""The Lambda authorizer: an Authorization header becomes a policy for the whole stage.

It always returns a policy, because only a policy carries the reason to the gateway response. It neither counts nor
decides scopes: its answer may be cached and serve other routes.
"""

from pixel.auth.caller import Caller
from pixel.auth.key_records import KeyRecord, find
from pixel.auth.keys import is_well_formed
from pixel.foundation import JsonObject
from pixel.foundation.clock import now
from pixel.foundation.errors import ErrorCode
from pixel.foundation.observability import count, describe, flush_metrics, logger


class AuthorizerFailedError(Exception):
    """API Gateway answers 500 to it."""


def authorize(event: JsonObject, _context: object) -> JsonObject:
    try:
        outcome = _identify(_authorization_headers(event))
        if isinstance(outcome, ErrorCode):
            logger.info("denied", request_id=_request_id(event), code=outcome.code)
            count("DeniedKeys")
            return _policy(event, "Deny", "unknown", {"error_code": outcome.code, "error_message": outcome.message})
        logger.info("allowed", request_id=_request_id(event), workspace_id=outcome.workspace_id, key_id=outcome.key_id)
        allowed = _policy(event, "Allow", outcome.key_id, Caller.of(outcome).to_context())
        return {**allowed, "usageIdentifierKey": outcome.usage_plan_key}
    except Exception as failure:  # noqa: BLE001 - raised again, without the text
        # The runtime prints what a function raises, text and all; ours has none that a caller could have sent.
        logger.error("failed", extra={"request_id": _request_id(event), **describe(failure)})
        raise AuthorizerFailedError("the log line before this one says where") from None
    finally:
        flush_metrics()


def _identify(headers: list[str]) -> KeyRecord | ErrorCode:
    key = _key_in(headers)
    if isinstance(key, ErrorCode):
        return key
    record = find(key) if is_well_formed(key) else None
    if record is None:
        return ErrorCode.INVALID_API_KEY
    if record.revoked_at is not None:
        return ErrorCode.API_KEY_REVOKED
    return ErrorCode.API_KEY_EXPIRED if record.has_expired(now()) else record


def _key_in(headers: list[str]) -> str | ErrorCode:
    if not any(headers):
        return ErrorCode.MISSING_AUTHORIZATION
    if len(headers) > 1:
        # Which of several API Gateway takes for the identity of a cached answer is not known: none may be trusted.
        return ErrorCode.INVALID_AUTHORIZATION_FORMAT
    scheme, _, key = headers[0].partition(" ")
    key = key.strip(" ")
    if scheme.lower() != "bearer" or not key or " " in key:
        return ErrorCode.INVALID_AUTHORIZATION_FORMAT
    return key


def _authorization_headers(event: JsonObject) -> list[str]:
    """Every value of the header: REST APIs keep the caller's spelling of names, and here all of several values."""
    grouped: dict[str, list[str]] = event.get("multiValueHeaders") or {}
    return [value.strip() for name, values in grouped.items() if name.lower() == "authorization" for value in values]


def _request_id(event: JsonObject) -> str:
    return f"req_{event['requestContext']['requestId']}"


def _policy(event: JsonObject, effect: str, principal: str, context: dict[str, str]) -> JsonObject:
    # arn:aws:execute-api:<region>:<account>:<api>/<stage>/<method>/<path>; a cached policy serves every route.
    api, stage, *_ = event["methodArn"].split("/")
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": f"{api}/{stage}/*"}
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": context,
    }
