"""The routes that show API keys, never the keys themselves."""

from datetime import datetime

from pixel.auth.key_use import last_uses
from pixel.auth.keys import KeyRecord
from pixel.foundation.clock import now, to_iso
from pixel.http.cursors import read_cursor, read_instant, write_cursor
from pixel.http.query import QueryParameters
from pixel.http.response import Response
from pixel.http.revisions import etag
from pixel.http.route import Request
from pixel.workspaces.key_lookup import find_key_of, list_keys
from pixel.workspaces.key_responses import KEY, KeyResponse
from pixel.workspaces.record_failures import api_errors
from pixel.workspaces.store import function_store

KEYS_MAX = 1000
KINDS = ("secret", "publishable")


def list_of_keys(request: Request) -> Response:
    """Return the keys of the workspace: all at once, oldest first, or page by page, in order of their ids."""
    parameters = QueryParameters(request.query, {"kind", "live", "website_id", "updated_since", "limit", "cursor"})
    given = {
        "kind": parameters.choice("kind", KINDS),
        "live": parameters.choice("live", ("true",)),
        "website_id": parameters.website_id(),
        "updated_since": read_instant(parameters, "updated_since"),
    }
    filters = {name: value for name, value in given.items() if value is not None}
    limit = parameters.integer("limit", 1, KEYS_MAX)
    after = read_cursor(parameters, filters)
    parameters.raise_faults()
    workspace_id = request.caller.workspace_id
    with api_errors(KEY, missing=KEY):
        found = [record for record in list_keys(function_store(request.caller), workspace_id) if _fits(record, filters)]
    meta = {}
    if limit is None and after is None:
        found = sorted(found, key=lambda record: (record.created_at, record.key_id))[:KEYS_MAX]
    else:
        found = sorted((one for one in found if one.key_id > (after or "")), key=lambda record: record.key_id)
        page = found[: limit or KEYS_MAX]
        meta = {"next_cursor": write_cursor(page[-1].key_id, filters)} if len(page) < len(found) else {}
        found = page
    uses = last_uses(workspace_id, [record.key_id for record in found])
    return Response([to_response(record, uses.get(record.key_id)) for record in found], meta=meta)


def one_key(request: Request) -> Response:
    """Return one key, which may be revoked."""
    workspace_id = request.caller.workspace_id
    with api_errors(KEY, missing=KEY):
        record = find_key_of(function_store(request.caller), workspace_id, request.path["id"])
    return key_response(record, last_uses(workspace_id, [record.key_id]).get(record.key_id))


def key_response(record: KeyRecord, last_used_at: datetime | None) -> Response:
    return Response(to_response(record, last_used_at), headers={"ETag": etag(record.revision)})


def to_response(record: KeyRecord, last_used_at: datetime | None) -> KeyResponse:
    shown: KeyResponse = {
        "id": record.key_id,
        "name": record.name,
        "key_prefix": record.key_prefix,
        "kind": "publishable" if record.is_publishable else "secret",
        "test": record.is_test,
        "scopes": list(record.scopes),
        "website_ids": None if record.website_ids is None else list(record.website_ids),
        "created_at": to_iso(record.created_at),
        "updated_at": to_iso(record.updated_at or record.created_at),
        "revision": record.revision,
        "expires_at": _written(record.expires_at),
        "revoked_at": _written(record.revoked_at),
        "last_used_at": _written(last_used_at),
    }
    if record.public_key is not None:
        shown["key"] = record.public_key
        shown["origins"] = None if record.origins is None else list(record.origins)
        shown["payments"] = record.payments
        shown["has_proxy_secret"] = record.proxy_hash is not None
        shown["proxies"] = record.proxies
    return shown


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else to_iso(moment)


def _fits(record: KeyRecord, filters: dict[str, str]) -> bool:
    website_id, since = filters.get("website_id"), filters.get("updated_since")
    return (
        filters.get("kind", record.kind) == record.kind
        and not ("live" in filters and (record.revoked_at is not None or record.has_expired(now())))
        and (website_id is None or website_id in (record.website_ids or ()))
        and (since is None or to_iso(record.updated_at or record.created_at) >= since)
    )
