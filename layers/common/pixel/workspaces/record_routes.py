"""The handlers of the routes that create, change and delete records, the same for all kinds."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from pixel.auth.caller import Scope
from pixel.aws.attributes import Item
from pixel.aws.json_service import back_off
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.http.merge_patch import merge_patch
from pixel.http.request_bodies import JSON, MERGE_PATCH, idempotency_key, read_json, unreadable
from pixel.http.response import Response
from pixel.http.revisions import etag, expected_revisions, refuse_if_match
from pixel.http.route import Request, route
from pixel.http.run_route import LambdaHandler
from pixel.workspaces.create_claims import AlreadyCreatedError, CreateClaim
from pixel.workspaces.errors import ConcurrentChangeError, RevisionError
from pixel.workspaces.models import RecordModel, checked
from pixel.workspaces.record_failures import api_errors
from pixel.workspaces.record_kind import DELETED_AT, RecordKind, revision_of
from pixel.workspaces.rules import Rules
from pixel.workspaces.shown import records_shown
from pixel.workspaces.store import ATTEMPTS, Store, function_store
from pixel.workspaces.website_kind import WEBSITE

BODY_BYTES_MAX = 32_768


def _as_it_is(store: Store) -> Store:
    return store


def create_route(rules: Rules, prepared: Callable[[Store], Store] = _as_it_is) -> LambdaHandler:
    """Return the handler that creates a record; with an Idempotency-Key, the same request creates it once.

    `prepared` returns the store to write with, here and in the other writing routes.
    """
    secret_fields = _secret_fields(rules.new)

    @route(scope=Scope.MANAGE)
    def handler(request: Request) -> Response:
        refuse_if_match(request)
        store, workspace_id, key = prepared(_store(request)), request.caller.workspace_id, idempotency_key(request)
        body = _read_object(request, (JSON,))
        claim = (
            None
            if key is None
            else CreateClaim.of(store, workspace_id, rules.kind.path, key, body=body, secret_fields=secret_fields)
        )
        secret = rules.issue()
        try:
            if claim is not None:
                claim.require_new()
            new = checked(rules.new, body)
            with api_errors(rules.kind, missing=WEBSITE):
                item = rules.create(
                    store,
                    workspace_id,
                    new,
                    secret=secret,
                    also=lambda record: [] if claim is None else [claim.action(record)],
                )
        except AlreadyCreatedError as earlier:
            if secret.shown and rules.shows_secret(body):
                raise ApiError(ErrorCode.SECRET_ALREADY_SHOWN, details={"id": earlier.record_id}) from None
            with api_errors(rules.kind, missing=rules.kind):
                item = store.find(rules.kind, workspace_id, earlier.record_id)
            return _created(
                request,
                rules.kind,
                item,
                shown=dict.fromkeys(secret.shown),
                headers={"Idempotent-Replayed": "true"},
            )
        shown = secret.shown_at(request.base_url)
        return _created(request, rules.kind, item, shown=shown if rules.shows_secret(item) else dict.fromkeys(shown))

    return handler


def update_route(rules: Rules, prepared: Callable[[Store], Store] = _as_it_is) -> LambdaHandler:
    """Return the handler that changes the given fields of a record, by the rules of a JSON merge patch."""

    @route(scope=Scope.MANAGE)
    def handler(request: Request) -> Response:
        revisions = expected_revisions(request)
        patch = _read_object(request, (JSON, MERGE_PATCH))
        target = prepared(_store(request)), request.caller.workspace_id, request.path["id"]
        if not any(isinstance(value, dict) for value in patch.values()):
            changes = checked(rules.changes, patch)
            with api_errors(rules.kind, missing=rules.kind):
                return _one(request, rules.kind, rules.update(*target, changes, revisions=revisions))
        with api_errors(rules.kind, missing=rules.kind):
            return _one(request, rules.kind, _merged(rules, *target, patch, revisions))

    return handler


def _merged(  # noqa: PLR0913, PLR0917 - what identifies a record, what changes and what must hold
    rules: Rules,
    store: Store,
    workspace_id: str,
    record_id: str,
    patch: Mapping[str, Any],
    revisions: Collection[int] | None,
) -> Item:
    """Change a record by a patch with objects, which are merged with those that the record has as it is written."""
    for attempt in range(1, ATTEMPTS + 1):
        item = store.find(rules.kind, workspace_id, record_id)
        record, seen = rules.kind.to_record(item), revision_of(item)
        merged = {
            name: merge_patch(record.get(name), value) if isinstance(value, dict) else value
            for name, value in patch.items()
        }
        expected = {seen} if revisions is None or seen in revisions else revisions
        try:
            return rules.update(store, workspace_id, record_id, checked(rules.changes, merged), revisions=expected)
        except RevisionError:
            if revisions is not None:
                raise
            back_off(attempt)
    raise ConcurrentChangeError(record_id)


def delete_route(rules: Rules, prepared: Callable[[Store], Store] = _as_it_is) -> LambdaHandler:
    """Return the handler that deletes a record and what belongs to it; a repeated request gets the same response."""

    @route(scope=Scope.MANAGE)
    def handler(request: Request) -> Response:
        with api_errors(rules.kind, missing=rules.kind):
            item, _, gone = rules.delete(
                prepared(_store(request)),
                request.caller.workspace_id,
                request.path["id"],
                revisions=expected_revisions(request),
            )
        went = {kind.plural: number for kind, number in gone}
        return Response({"id": item["id"], DELETED_AT: item[DELETED_AT], "went_with_it": went})

    return handler


def rotate_route(rules: Rules) -> LambdaHandler:
    """Return the handler that replaces the secret of a record and shows the new one."""

    @route(scope=Scope.MANAGE)
    def handler(request: Request) -> Response:
        refuse_if_match(request)
        secret = rules.issue()
        with api_errors(rules.kind, missing=rules.kind):
            item = rules.rotate(_store(request), request.caller.workspace_id, request.path["id"], secret)
        return _one(request, rules.kind, item, shown=secret.shown_at(request.base_url))

    return handler


def _store(request: Request) -> Store:
    """Return the store, in which changes are those of the calling key."""
    return function_store(request.caller)


def _read_object(request: Request, media_types: tuple[str, ...]) -> dict[str, Any]:
    body = read_json(request, media_types=media_types, bytes_max=BODY_BYTES_MAX)
    if not isinstance(body, dict):
        raise unreadable("The body must be a JSON object.")
    return body


def _secret_fields(model: type[RecordModel]) -> frozenset[str]:
    return frozenset(name for name, field in model.model_fields.items() if not field.repr)


def _created(
    request: Request,
    kind: RecordKind,
    item: Item,
    *,
    shown: Mapping[str, str | None] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    found = _one(request, kind, item, shown=shown or {})
    location = {"Location": f"{request.address}/{item['id']}"}
    return found._replace(status=201, headers={**found.headers, **location, **(headers or {})})


def _one(request: Request, kind: RecordKind, item: Item, *, shown: Mapping[str, str | None] | None = None) -> Response:
    [record] = records_shown(_store(request), kind, request.caller.workspace_id, [item])
    return Response({**record, **(shown or {})}, headers={"ETag": etag(revision_of(item))})
