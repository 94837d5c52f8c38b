"""What a link must be as a whole, and the compiled link: the one item that a redirect reads."""

import json
import sys
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from pixel.auth import passwords
from pixel.aws.attributes import Item
from pixel.foundation.clock import from_iso, now, to_iso
from pixel.foundation.errors import FieldErrors
from pixel.links.codes import code_key
from pixel.links.destinations import leads_to
from pixel.links.models import MODES_WITHOUT_DESTINATION, REMEMBERED_STATUSES, UTM_FIELDS
from pixel.links.queries import ADDRESS_CHARACTERS_MAX, with_parameters
from pixel.links.rules_compiled import compiled_rules
from pixel.links.rules_items import RULES_COUNT, STICKY_SECRET
from pixel.workspaces.models import InvalidFieldsError

DEFAULTS: Final[Mapping[str, object]] = {
    "enabled": True,
    "tags": [],
    "redirect_mode": "auto",
    "redirect_status": 302,
    "query_mode": "append",
    "indexable": False,
    "deep_link_enabled": False,
    "pixel_ids": [],
}
PASSWORD_HASH: Final = "password_hash"  # noqa: S105 - the name of an attribute
BANNED_AT: Final = "banned_at"
CONSENT: Final = "consent"
ADDRESSES: Final = ("destination_url", "expired_url", "deep_link_ios", "deep_link_android", "deep_link_fallback_url")
LABELS_OF_CLICKS: Final = ("campaign_id", "folder_id")  # besides tags
BYTES_MAX: Final = 32_768
_ASKED_EACH_TIME = ("clicks_limit", "expires_at", PASSWORD_HASH, RULES_COUNT)
"""A link that has one of these must be asked for each time."""


def with_changes(link: Mapping[str, Any], changes: Mapping[str, Any], own_hosts: Collection[str]) -> Item:
    """Return a link with changes, in which None removes a field. Raises InvalidFieldsError if it cannot be so."""
    merged = {**link, **_with_hash(changes)}
    merged = {name: value for name, value in merged.items() if value is not None}
    faults = FieldErrors()
    if merged["redirect_mode"] not in MODES_WITHOUT_DESTINATION and "destination_url" not in merged:
        faults.add("destination_url", "missing", "`destination_url` is required.")
    elif len(_destination(merged)) > ADDRESS_CHARACTERS_MAX:
        faults.add(
            "destination_url",
            "too_long",
            f"`destination_url` with its utm fields must have at most {ADDRESS_CHARACTERS_MAX:,} characters.",
        )
    for name in ADDRESSES:
        if changes.get(name) is not None and _leads_back(changes[name], own_hosts):
            faults.add(name, "loop", f"`{name}` must not lead to a domain of short links.")
    _check_times(merged, changes, faults)
    if merged["redirect_status"] in REMEMBERED_STATUSES and any(map(merged.get, _ASKED_EACH_TIME)):
        faults.add(
            "redirect_status",
            "invalid",
            "`redirect_status` must be 302 or 307 with a password, a limit of clicks, an expiry or rules: "
            "browsers keep the others.",
        )
    if faults.found:
        raise InvalidFieldsError(faults)
    return merged


def asks_consent(link: Mapping[str, Any]) -> bool:
    """Return whether visitors are asked for consent, as they are unless the link says otherwise if it has pixels."""
    return bool(link.get(CONSENT, link.get("pixel_ids")))


def _leads_back(address: str, own_hosts: Collection[str]) -> bool:
    return address.startswith("http") and leads_to(address, own_hosts)


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


def compiled(
    link: Mapping[str, Any], rules: Sequence[Mapping[str, Any]] = (), company: Mapping[str, Any] | None = None
) -> Item:
    """Return the compiled link: a redirect needs nothing else, and decides nothing that can be decided here.

    Raises InvalidFieldsError if it is too large, or asks for consent in the name of no company.
    """
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
        item["destination"] = _destination(link)
    for name in ("title", "preview", "expired_url", "clicks_limit", PASSWORD_HASH, BANNED_AT, *LABELS_OF_CLICKS):
        if name in link:
            item[name] = link[name]
    for name in ("starts_at", "expires_at"):  # in seconds
        if name in link:
            item[name] = int(from_iso(link[name]).timestamp())
    item |= _of_visitors(link, rules)
    if asks_consent(link):
        item[CONSENT] = _required(company)
    if len(json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode()) > BYTES_MAX:
        raise _refused("body", "too_long", f"A link with its rules must have at most {BYTES_MAX:,} bytes; shorten it.")
    return item


def _of_visitors(link: Mapping[str, Any], rules: Sequence[Mapping[str, Any]]) -> Item:
    """Return what leads visitors to different places, with the utm fields that their destinations get."""
    item: Item = {}
    if rules:
        item |= {"rules": compiled_rules(rules), STICKY_SECRET: link[STICKY_SECRET]}
    if link.get("deep_link_enabled"):
        item["deep_links"] = _deep_links(link)
    return {**item, "utm": _utm(link)} if item and _utm(link) else item


def _utm(link: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, link[name]) for name in UTM_FIELDS if name in link]


def _deep_links(link: Mapping[str, Any]) -> dict[str, str]:
    names = {"ios": "deep_link_ios", "android": "deep_link_android", "fallback": "deep_link_fallback_url"}
    return {short: link[name] for short, name in names.items() if name in link}


def _required(company: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if company is None:
        sentence = "`consent` needs the name and the privacy address of your company; set them for the workspace first."
        raise _refused(CONSENT, "invalid", sentence)
    return company


def _refused(path: str, code: str, sentence: str) -> InvalidFieldsError:
    faults = FieldErrors()
    faults.add(path, code, sentence)
    return InvalidFieldsError(faults)


def _destination(link: Mapping[str, Any]) -> str:
    """Return the destination with the link's own utm fields, or an empty text."""
    return with_parameters(link.get("destination_url", ""), _utm(link), replacing=True, characters_max=sys.maxsize)
