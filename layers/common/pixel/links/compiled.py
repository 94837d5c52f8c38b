"""What a link must be as a whole, and the compiled link: the one item that a redirect reads."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from pixel.auth import passwords
from pixel.aws.attributes import Item
from pixel.foundation.clock import from_iso, now, to_iso
from pixel.foundation.errors import FieldErrors
from pixel.links.codes import code_key
from pixel.links.destinations import leads_to
from pixel.links.models import MODES_WITHOUT_DESTINATION, REMEMBERED_STATUSES, UTM_FIELDS
from pixel.links.queries import with_parameters
from pixel.workspaces.models import InvalidFieldsError

DEFAULTS: Final[Mapping[str, object]] = {
    "enabled": True,
    "tags": [],
    "redirect_mode": "auto",
    "redirect_status": 302,
    "query_mode": "append",
    "indexable": False,
}
PASSWORD_HASH: Final = "password_hash"  # noqa: S105 - the name of an attribute
BANNED_AT: Final = "banned_at"
ADDRESSES: Final = ("destination_url", "expired_url")
_FOR_EVERYBODY = ("clicks_limit", "expires_at", PASSWORD_HASH)
"""A link that has one of these must be asked for each time."""


def with_changes(link: Mapping[str, Any], changes: Mapping[str, Any], own_hosts: Collection[str]) -> Item:
    """Return a link with changes, in which None removes a field. Raises InvalidFieldsError if it cannot be so."""
    merged = {**link, **_with_hash(changes)}
    merged = {name: value for name, value in merged.items() if value is not None}
    faults = FieldErrors()
    if merged["redirect_mode"] not in MODES_WITHOUT_DESTINATION and "destination_url" not in merged:
        faults.add("destination_url", "missing", "`destination_url` is required.")
    for name in ADDRESSES:
        if changes.get(name) is not None and leads_to(changes[name], own_hosts):
            faults.add(name, "loop", f"`{name}` must not lead to a domain of short links.")
    _check_times(merged, changes, faults)
    if merged["redirect_status"] in REMEMBERED_STATUSES and any(name in merged for name in _FOR_EVERYBODY):
        faults.add(
            "redirect_status",
            "invalid",
            "`redirect_status` must be 302 or 307 with a password, a limit of clicks or an expiry: "
            "browsers keep the others.",
        )
    if faults.found:
        raise InvalidFieldsError(faults)
    return merged


def _check_times(merged: Mapping[str, Any], changes: Mapping[str, Any], faults: FieldErrors) -> None:
    ends, starts = merged.get("expires_at"), merged.get("starts_at")
    if changes.get("expires_at") is not None and str(ends) <= to_iso(now()):
        faults.add("expires_at", "invalid", "`expires_at` must be in the future.")
    elif ends is not None and starts is not None and str(ends) <= str(starts):
        faults.add("expires_at", "invalid", "`expires_at` must be later than `starts_at`.")


def _with_hash(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes in which the hash of a password stands in its place. An empty password removes it."""
    if "password" not in changes:
        return dict(changes)
    rest = {name: value for name, value in changes.items() if name != "password"}
    password = changes["password"]
    return {**rest, PASSWORD_HASH: passwords.to_hash(password) if password else None}


def compiled(link: Mapping[str, Any]) -> Item:
    """Return the compiled link: a redirect needs nothing else, and decides nothing that can be decided here."""
    item: Item = {
        **code_key(link["code"]),
        "workspace_id": link["workspace_id"],
        "link_id": link["id"],
        "code": link["code"],
        "version": link["version"],
        "enabled": link["enabled"],
        "mode": link["redirect_mode"],
        "status": link["redirect_status"],
        "query_mode": link["query_mode"],
        "indexable": link["indexable"],
        "tags": link["tags"],
    }
    if "destination_url" in link:
        utm = [(name, link[name]) for name in UTM_FIELDS if name in link]
        item["destination"] = with_parameters(link["destination_url"], utm, replacing=True)
    for name in ("title", "preview", "expired_url", "clicks_limit", PASSWORD_HASH, BANNED_AT):
        if name in link:
            item[name] = link[name]
    for name in ("starts_at", "expires_at"):  # in seconds
        if name in link:
            item[name] = int(from_iso(link[name]).timestamp())
    return item
