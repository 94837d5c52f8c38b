"""The Lambda authorizer: it makes a policy for the whole stage of an Authorization header.

It always returns a policy, because only a policy carries the reason to the gateway response. It neither counts nor
decides scopes: its answer may be cached and serve other routes.
"""

from pixel.auth.caller import Caller
from pixel.auth.keys import KeyRecord, find, is_well_formed
from pixel.foundation import JsonObject
from pixel.foundation.clock import now
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.observability import count, describe, flush_metrics, logger


class AuthorizerFailedError(Exception):
    """The authorizer cannot decide; API Gateway answers 500."""


def authorize(event: JsonObject, _context: object) -> JsonObject:
    """Return the policy for a request: Allow with what is known of the caller, or Deny with the reason."""
    try:
        record = _identify(_authorization_headers(event))
        logger.info("allowed", request_id=_request_id(event), workspace_id=record.workspace_id, key_id=record.key_id)
        allowed = _policy(event, "Allow", record.key_id, Caller.of(record).to_context())
        return {**allowed, "usageIdentifierKey": record.usage_plan_key}
    except ApiError as denial:
        logger.info("denied", request_id=_request_id(event), code=denial.error.code)
        count("DeniedKeys")
        reason = {"error_code": denial.error.code, "error_message": denial.message}
        return _policy(event, "Deny", "unknown", reason)
    except Exception as failure:  # noqa: BLE001 - raised again, without the text
        # The runtime prints what a function raises, text and all; ours has none that a caller could have sent.
        logger.error("failed", extra={"request_id": _request_id(event), **describe(failure)})
        raise AuthorizerFailedError("the log line before this one says where") from None
    finally:
        flush_metrics()


def _identify(headers: list[str]) -> KeyRecord:
    key = _key_in(headers)
    record = find(key) if is_well_formed(key) else None
    if record is None:
        raise ApiError(ErrorCode.INVALID_API_KEY)
    if record.revoked_at is not None:
        raise ApiError(ErrorCode.API_KEY_REVOKED)
    if record.has_expired(now()):
        raise ApiError(ErrorCode.API_KEY_EXPIRED)
    return record


def _key_in(headers: list[str]) -> str:
    if not any(headers):
        raise ApiError(ErrorCode.MISSING_AUTHORIZATION)
    if len(headers) > 1:
        # Which of several API Gateway takes for the identity of a cached answer is not known: none may be trusted.
        raise ApiError(ErrorCode.INVALID_AUTHORIZATION_FORMAT)
    scheme, _, key = headers[0].partition(" ")
    key = key.strip(" ")
    if scheme.lower() != "bearer" or not key or " " in key:
        raise ApiError(ErrorCode.INVALID_AUTHORIZATION_FORMAT)
    return key


def _authorization_headers(event: JsonObject) -> list[str]:
    """Return every value of the header. REST APIs keep the caller's spelling of its name."""
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
