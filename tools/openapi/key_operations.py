"""What the document says of API keys and of the audit trail: routes, bodies and answers."""

from typing import Any

from pixel.foundation.errors import ErrorCode
from pixel.foundation.ids import WEBSITE_ID
from pixel.workspaces import key_models, models, origins, publishable_keys
from pixel.workspaces.key_models import KeyChanges, RequestedKey, RequestedRotation
from pixel.workspaces.key_responses import AuditEntryResponse, KeyResponse
from pixel.workspaces.publishable_keys import RequestedPublishableKey
from tools.openapi.models import adapters_of, schemas_of
from tools.openapi.operation import Operation
from tools.openapi.schema import Schema, array, integer, moment, one_of, record, ref, schema, text

_BODY = (ErrorCode.INVALID_BODY, ErrorCode.PAYLOAD_TOO_LARGE, ErrorCode.UNSUPPORTED_MEDIA_TYPE)
_CHANGING = (ErrorCode.NOT_GRANTABLE, ErrorCode.RECORD_NOT_FOUND, ErrorCode.CONCURRENT_CHANGE)
_UNCHANGED = (ErrorCode.PRECONDITION_FAILED,)
_NEW_KEY = {"name": "shop", "scopes": ["pixel:write"], "website_ids": ["admx_demo"]}
_MOMENT: Schema = {"format": "date-time"}
_MORE: dict[str, Schema] = {
    "id": {"description": "Its id, not the key itself."},
    "key_prefix": {"description": "The beginning of the key, to recognize it."},
    "website_ids": {"description": "The websites that it is bound to; null: all of the workspace."},
    "created_at": _MOMENT,
    "updated_at": _MOMENT,
    "revision": {"description": "Counts its changes from 1; the ETag is this number in quotes.", "minimum": 1},
    "expires_at": _MOMENT,
    "revoked_at": _MOMENT,
    "last_used_at": {**_MOMENT, "description": "The hour in which it was last used, as far as it is known."},
    "key": {"description": "A publishable key itself."},
    "origins": {"description": "Hosts whose pages may use it; null: the domain and the aliases of the website."},
    "payments": {"description": "Whether it may send payments."},
    "has_proxy_secret": {"description": "Whether a secret lets a proxy say who visitors are."},
    "proxies": {"description": "How many addresses such proxies add to X-Forwarded-For after the visitor's."},
    "at": _MOMENT,
    "key_id": {"description": "The key that made the change, operator, or system for the API itself."},
    "record": {"description": "The id of what was changed."},
    "fields": {"description": "The given fields, with new values of those that are neither secret nor personal."},
}
_FIELDS: dict[Any, Schema] = {
    models.Name: text("Printable; trimmed."),
    models.Expiry: moment("In the future, with a time zone, and not after that of the calling key."),
    models.Days: integer("In place of expires_at: days from now."),
    key_models.Scopes: array(
        one_of(list(key_models.SCOPES)), "Scopes that the calling key has too, but for pixel:keys."
    ),
    key_models.WebsiteIds: array(
        text(pattern=f"^{WEBSITE_ID}$"),
        "Websites that the calling key may see.",
        minItems=1,
        maxItems=key_models.WEBSITES_MAX,
        uniqueItems=True,
    ),
    key_models.KeyKind: one_of(["secret"]),
    models.WebsiteId: text("The website whose events it sends.", pattern=f"^{WEBSITE_ID}$"),
    origins.Origins: array(
        text("A host, such as shop.example.com, or all below a domain, such as *.example.com."),
        "Hosts whose pages may use it; without them the domain and the aliases of the website.",
        minItems=1,
        maxItems=origins.ORIGINS_MAX,
    ),
    publishable_keys.Proxies: integer("How many addresses proxies add to X-Forwarded-For after the visitor's."),
    key_models.GraceSeconds: integer("How long the old key keeps working."),
}


def schemas() -> dict[str, Schema]:
    """Return the schemas of keys, of entries of the audit trail, and of bodies by name."""
    found = {
        name.removesuffix("Response"): {**one, "properties": _described(one["properties"])}
        for name, one in schemas_of(adapters_of(KeyResponse, AuditEntryResponse), {}).items()
    }
    whole = found["Key"]
    key = {
        "key": text("The key itself. It is shown once, unless it is publishable; only the hash of others is kept."),
        "proxy_secret": text("The secret of the proxy of a publishable key, if one was asked for. It is shown once."),
    }
    bodies = schemas_of(adapters_of(RequestedKey, RequestedPublishableKey, KeyChanges, RequestedRotation), _FIELDS)
    bodies["RequestedKey"]["example"] = _NEW_KEY
    bodies["RequestedPublishableKey"]["example"] = {
        "kind": "publishable",
        "name": "pages of the shop",
        "website_id": "admx_demo",
        "origins": ["shop.example.com", "*.example.org"],
    }
    bodies["KeyChanges"] |= {"minProperties": 1, "example": {"name": "old shop"}}
    bodies["RequestedRotation"]["example"] = {"grace_seconds": 3600}
    return {
        **found,
        "IssuedKey": {**whole, "properties": {**whole["properties"], **key}, "required": [*whole["required"], "key"]},
        "RevokedKey": record({"id": text(), "revoked_at": moment()}),
        **bodies,
    }


def operations() -> dict[str, Operation]:
    """Return the operations by function."""
    one, if_match = ref("parameters", "key_in_path"), ref("parameters", "if_match")
    page = (ref("parameters", "limit"), ref("parameters", "cursor"))
    filters = tuple(ref("parameters", name) for name in ("website_id", "updated_since", "key_kind", "live"))
    return {
        "list_audit": Operation(
            tag="Keys",
            description="Newest first, for 400 days. A key that is bound to websites sees its own changes.",
            answer=_page("AuditEntry"),
            parameters=page,
        ),
        "list_keys": Operation(
            tag="Keys",
            description="Oldest first, at most 1,000, revoked ones too. With `limit` or `cursor` page by page in "
            "order of their ids. A new key may be missing for a moment. A key that is bound to "
            "websites sees keys that are bound to some of these.",
            answer=_page("Key"),
            parameters=(*filters, *page),
        ),
        "create_key": Operation(
            tag="Keys",
            description="A key never gives more than it has: its own scopes but for pixel:keys, its own websites,"
            " no later expiry, and test keys from test keys alone. Websites, expiry and `test` are "
            "its own unless they are given. A workspace may have 100 live keys. The secret is shown "
            "once: an Idempotency-Key that was used is answered with the id of the key, which can be "
            "rotated. A publishable key is one for the pages of a website, which takes the scope "
            "pixel:write to create, and has none.",
            answer=_json("IssuedKey"),
            status=201,
            parameters=(ref("parameters", "create_key"),),
            body=_one_of_bodies("RequestedKey", "RequestedPublishableKey"),
            codes=(
                *_BODY,
                ErrorCode.NOT_GRANTABLE,
                ErrorCode.WEBSITE_NOT_FOUND,
                ErrorCode.IDEMPOTENCY_CONFLICT,
                ErrorCode.SECRET_ALREADY_SHOWN,
                ErrorCode.LIMIT_REACHED,
                ErrorCode.CONCURRENT_CHANGE,
            ),
            headers=("ETag", "Location"),
        ),
        "get_key": Operation(
            tag="Keys",
            description="Also a revoked one.",
            answer=_json("Key"),
            parameters=(one,),
            codes=(ErrorCode.RECORD_NOT_FOUND,),
            headers=("ETag",),
        ),
        "update_key": Operation(
            tag="Keys",
            description="A JSON merge patch (RFC 7396) that renames the key or takes away: fewer scopes, fewer "
            "websites, an earlier expiry. A publishable key gets other `origins` from keys that may create "
            "one. A key with pixel:keys is changed only by itself.",
            answer=_json("Key"),
            parameters=(one, if_match),
            body=_body("KeyChanges", "application/merge-patch+json"),
            codes=(*_BODY, *_CHANGING, *_UNCHANGED, ErrorCode.KEY_NOT_ACTIVE),
            headers=("ETag",),
        ),
        "revoke_key": Operation(
            tag="Keys",
            description="Repeating it gives the same answer. A key with pixel:keys is revoked only by itself, or by "
            "the operator.",
            answer=_json("RevokedKey"),
            parameters=(one, if_match),
            codes=(*_CHANGING, *_UNCHANGED),
        ),
        "rotate_key": Operation(
            tag="Keys",
            description="The new key has the scopes, the websites and the expiry of the old one, which is revoked"
            " at once or works for `grace_seconds`. A key rotates itself, and keys that it could "
            "give. With `grace_seconds` it counts as one more of the 100 live keys.",
            answer=_json("IssuedKey"),
            status=201,
            parameters=(one,),
            body=_body("RequestedRotation"),
            codes=(*_BODY, *_CHANGING, ErrorCode.KEY_NOT_ACTIVE, ErrorCode.LIMIT_REACHED),
            headers=("ETag", "Location"),
        ),
    }


def _json(name: str) -> Schema:
    return {"application/json": {"schema": record({"data": schema(name), "meta": schema("Meta")})}}


def _page(name: str) -> Schema:
    return {"application/json": {"schema": record({"data": array(schema(name)), "meta": schema("PageMeta")})}}


def _body(name: str, *more: str) -> Schema:
    content = {media_type: {"schema": schema(name)} for media_type in (*more, "application/json")}
    return {"required": True, "content": content}


def _one_of_bodies(*names: str) -> Schema:
    content = {"schema": {"anyOf": [schema(name) for name in names]}, "example": _NEW_KEY}
    return {"required": True, "content": {"application/json": content}}


def _described(properties: dict[str, Schema]) -> dict[str, Schema]:
    return {name: {**_MORE.get(name, {}), **found} for name, found in properties.items()}
