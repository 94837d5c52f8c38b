"""The routes that create, change, rotate and revoke API keys.

The calling key is read again, because the authorizer's policy may be cached: a key that was revoked or narrowed
a moment ago must not give what it has no longer.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from pixel.auth import keys
from pixel.auth.authorizer import identify
from pixel.auth.caller import Caller, Scope
from pixel.auth.key_use import last_uses
from pixel.auth.keys import KeyRecord
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.http.request_bodies import JSON, MERGE_PATCH, idempotency_key, read_json, unreadable
from pixel.http.response import Response
from pixel.http.revisions import expected_revisions, refuse_if_match
from pixel.http.route import CHALLENGE, Request, admit
from pixel.workspaces import api_keys
from pixel.workspaces.create_claims import AlreadyCreatedError, CreateClaim
from pixel.workspaces.errors import InactiveKeyError, RevokedKeyError
from pixel.workspaces.key_models import KeyChanges, KeyRotation, RequestedKey, RequestedRotation
from pixel.workspaces.key_reading import key_response, to_response
from pixel.workspaces.key_responses import KEY
from pixel.workspaces.models import checked
from pixel.workspaces.publishable_keys import RequestedPublishableKey
from pixel.workspaces.record_failures import api_errors
from pixel.workspaces.record_kind import RecordKind
from pixel.workspaces.store import Store, function_store
from pixel.workspaces.website_kind import WEBSITE

BODY_BYTES_MAX = 32_768


def created(request: Request) -> Response:
    """Create a key that has no more rights than the calling one, and show it once."""
    refuse_if_match(request)
    maker, store = _maker(request)
    key, body = idempotency_key(request), _body(request, (JSON,))
    claim = (
        None
        if key is None
        else CreateClaim.of(store, maker.workspace_id, KEY.path, key, body=body, secret_fields=frozenset())
    )
    try:
        if claim is not None:
            claim.require_new()
        with _api_errors(missing=WEBSITE):
            new = _requested(body)
            secret = keys.new_proxy_secret() if getattr(new, "proxy_secret", False) else None
            raw, record = api_keys.create_key(
                store,
                maker.workspace_id,
                new,
                maker=maker,
                also=lambda new: [] if claim is None else [claim.action({"id": new.key_id})],
                proxy_secret=secret,
            )
    except AlreadyCreatedError as earlier:
        raise ApiError(ErrorCode.SECRET_ALREADY_SHOWN, details={"id": earlier.record_id}) from None
    return _shown_once(raw, record, f"{request.address}/{record.key_id}", secret)


def updated(request: Request) -> Response:
    """Rename a key, or take rights away from it."""
    maker, store = _maker(request)
    revisions = expected_revisions(request)
    changes = checked(KeyChanges, _body(request, (JSON, MERGE_PATCH)))
    with _api_errors():
        record = api_keys.update_key(store, request.path["id"], changes, maker=maker, revisions=revisions)
    return key_response(record, last_uses(maker.workspace_id, [record.key_id]).get(record.key_id))


def revoked(request: Request) -> Response:
    """Revoke a key; a repeated request gets the same response."""
    maker, store = _maker(request)
    with _api_errors():
        record, _ = api_keys.revoke_key(store, request.path["id"], maker=maker, revisions=expected_revisions(request))
    return Response({"id": record.key_id, "revoked_at": to_response(record, None)["revoked_at"]})


def rotated(request: Request) -> Response:
    """Replace a key by one with the same rights and expiry, and show the new one once."""
    refuse_if_match(request)
    maker, store = _maker(request)
    wanted = checked(RequestedRotation, _body(request, (JSON,)))
    rotation = KeyRotation(grace=timedelta(seconds=wanted.grace_seconds))
    with _api_errors():
        raw, (record, _) = api_keys.rotate_key(store, request.path["id"], rotation, maker=maker)
    path = request.address.removesuffix("/rotate").rpartition("/")[0]
    return _shown_once(raw, record, f"{path}/{record.key_id}")


def _maker(request: Request) -> tuple[KeyRecord, Store]:
    """Return the record of the calling key as it is now, and the store as far as that key may see it."""
    try:
        maker = identify([value.strip() for value in request.headers.get("authorization", ())])
    except ApiError as denial:
        raise ApiError(denial.error, headers={"WWW-Authenticate": CHALLENGE}) from None
    caller = Caller.of(maker)
    admit(caller, Scope.KEYS)
    return maker, function_store(caller)


def _requested(body: dict[str, Any]) -> RequestedKey | RequestedPublishableKey:
    """Return the key that is asked for, as its kind requires."""
    if body.get("kind") == keys.PUBLISHABLE:
        return checked(RequestedPublishableKey, body)
    return checked(RequestedKey, body)


def _body(request: Request, media_types: tuple[str, ...]) -> dict[str, Any]:
    body = read_json(request, media_types=media_types, bytes_max=BODY_BYTES_MAX)
    if not isinstance(body, dict):
        raise unreadable("The body must be a JSON object.")
    return body


@contextmanager
def _api_errors(missing: RecordKind = KEY) -> Iterator[None]:
    try:
        with api_errors(KEY, missing=missing):
            yield
    except (InactiveKeyError, RevokedKeyError):
        raise ApiError(ErrorCode.KEY_NOT_ACTIVE) from None


def _shown_once(raw: str, record: KeyRecord, location: str, proxy_secret: str | None = None) -> Response:
    headers = {**key_response(record, None).headers, "Location": location}
    secret = {} if proxy_secret is None else {"proxy_secret": proxy_secret}
    return Response({**to_response(record, None), "key": raw, **secret}, status=201, headers=headers)
