"""The Lambda authorizer, which turns an Authorization header into a policy for the whole stage.

It always returns a policy, because only a policy carries the reason of a denial to the gateway response, in the words
of the face that the route belongs to. It does not count requests or check scopes, because its policy may be cached and
used for other routes.
"""

from collections.abc import Sequence

from pixel.auth.caller import Caller
from pixel.auth.keys import KeyRecord, find, is_well_formed
from pixel.faces.directory import face_of
from pixel.foundation import JsonObject
from pixel.foundation.clock import now
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.observability import count, describe, flush_metrics, logger


class AuthorizerFailedError(Exception):
    """The authorizer could not decide; API Gateway responds with 500."""


def authorize(event: JsonObject, _context: object) -> JsonObject:
    """Return the policy for a request: Allow with the caller, or Deny with the reason."""
    try:
        record = identify(_values(event, "authorization"), _other_keys(event))
        logger.info("allowed", request_id=_request_id(event), workspace_id=record.workspace_id, key_id=record.key_id)
        allowed = _policy(event, "Allow", record.key_id, Caller.of(record).to_context())
        return {**allowed, "usageIdentifierKey": record.usage_plan_key}
    except ApiError as denial:
        logger.info("denied", request_id=_request_id(event), code=denial.error.code)
        count("DeniedKeys")
        shown = face_of(event["resource"]).shown(denial)
        reason = {"error_code": shown.code, "error_message": shown.message, "error_docs": denial.error.code}
        return _policy(event, "Deny", "unknown", reason)
    except Exception as failure:  # noqa: BLE001 - raised again, without the text
        # The runtime logs the text of an exception that a function raises, and it may quote the caller.
        logger.error("authorizer failed", extra={"request_id": _request_id(event), **describe(failure)})
        raise AuthorizerFailedError("the authorizer failed; see the previous log line") from None
    finally:
        flush_metrics()


def identify(headers: Sequence[str], other_keys: Sequence[str] = ()) -> KeyRecord:
    """Return the record of the key in the Authorization headers of a request, or in a header of the key alone.

    Raises the reason of a denial.
    """
    key = _key_in(headers, other_keys)
    record = find(key) if is_well_formed(key) else None
    if record is None or record.is_publishable:  # which is not well-formed here either
        raise ApiError(ErrorCode.INVALID_API_KEY)
    if record.revoked_at is not None:
        raise ApiError(ErrorCode.API_KEY_REVOKED)
    if record.has_expired(now()):
        raise ApiError(ErrorCode.API_KEY_EXPIRED)
    return record


def _key_in(headers: Sequence[str], other_keys: Sequence[str]) -> str:
    if not any(headers) and not any(other_keys):
        raise ApiError(ErrorCode.MISSING_AUTHORIZATION)
    # API Gateway does not document which of several headers identifies a cached policy, so none can be trusted.
    keys = {*map(_bearer, headers), *other_keys}
    if len(headers) > 1 or len(other_keys) > 1 or len(keys) > 1:
        raise ApiError(ErrorCode.INVALID_AUTHORIZATION_FORMAT)
    return keys.pop()


def _bearer(header: str) -> str:
    scheme, _, key = header.partition(" ")
    key = key.strip(" ")
    if scheme.lower() != "bearer" or not key or " " in key:
        raise ApiError(ErrorCode.INVALID_AUTHORIZATION_FORMAT)
    return key


def _other_keys(event: JsonObject) -> list[str]:
    """Return the values of the header that the face of the route takes a key from beside Authorization."""
    header = face_of(event["resource"]).key_header
    return _values(event, header) if header else []


def _values(event: JsonObject, header: str) -> list[str]:
    """Return all values of a header, whose name a REST API passes on in the caller's spelling."""
    grouped: dict[str, list[str]] = event.get("multiValueHeaders") or {}
    return [value.strip() for name, values in grouped.items() if name.lower() == header for value in values]


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
