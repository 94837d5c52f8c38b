"""Websites: each domain belongs to one live website of a workspace; its records are deleted with the website.

A separate item, DOMAIN#<domain>, claims the domain. It is written and deleted together with the website, so that two
simultaneous calls cannot register a domain twice (docs/decisions/0014).
"""

import re
from collections.abc import Iterable
from typing import Annotated, Any, NamedTuple

import idna
from pydantic import BeforeValidator, Field

from pixel.aws import tables
from pixel.aws.json_service import AwsError
from pixel.aws.tables import Action, Item
from pixel.foundation.ids import new_id
from pixel.http.field_checks import invalid
from pixel.workspaces.errors import AlreadyExistsError
from pixel.workspaces.kinds import KINDS_OF_A_WEBSITE, WEBSITE, RecordKind
from pixel.workspaces.models import DOMAIN_CHARACTERS_MAX, UNCHANGED, Name, RecordModel, text
from pixel.workspaces.store import Store

_OWNED = "owned_website_id"  # the key of the index for finding the workspace of a website
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def checked_domain(value: Any) -> str:
    """Return the validated domain in lower case, with its international labels encoded as xn--..."""
    domain = text(value).strip().removesuffix(".")
    if "://" in domain or set("/?#@:") & set(domain):
        raise invalid("must be the domain alone, such as shop.example.com, without scheme, port, user or path.")
    if not domain.isascii():
        domain = _punycode(domain)
    domain = domain.lower()
    labels = domain.split(".")
    if len(domain) > DOMAIN_CHARACTERS_MAX or not all(map(_LABEL.fullmatch, labels)):
        raise invalid(
            "must consist of letters, digits, - and dots, with at most 63 characters between dots and "
            f"{DOMAIN_CHARACTERS_MAX} in all, such as shop.example.com."
        )
    if domain != "localhost" and (len(labels) == 1 or labels[-1].isdecimal()):
        raise invalid(
            "must be a domain name with at least one dot, such as example.com, or localhost, but no IP address."
        )
    return domain


def _punycode(domain: str) -> str:
    """Encode a name as browsers do: UTS 46, non-transitional."""
    try:
        return idna.encode(domain, uts46=True).decode().removesuffix(".")
    except UnicodeError:
        raise invalid(
            "must be a name that can be encoded for DNS; check it, or use its encoded form (xn--...)."
        ) from None


Domain = Annotated[str, BeforeValidator(checked_domain), Field(max_length=DOMAIN_CHARACTERS_MAX)]


class NewWebsite(RecordModel):
    """A website to be created."""

    domain: Domain
    name: Name


class WebsiteChanges(RecordModel):
    """Changes to a website."""

    domain: Domain = UNCHANGED
    name: Name = UNCHANGED


class WebsiteDeletion(NamedTuple):
    """A deleted website, whether this call deleted it, and the number of deleted records of each kind."""

    website: Item
    changed: bool
    deleted_children: list[tuple[RecordKind, int]]


def create_website(store: Store, workspace_id: str, new: NewWebsite, *, website_id: str | None = None) -> Item:
    """Create a website and claim its domain."""
    website_id = website_id or new_id(WEBSITE.id_prefix)
    return store.create(
        WEBSITE,
        workspace_id,
        {**new.given(), _OWNED: website_id},
        record_id=website_id,
        also=lambda website: [_claim(store, website, website["domain"])],
    )


def update_website(store: Store, workspace_id: str, website_id: str, changes: WebsiteChanges) -> Item:
    """Change a website. If its domain changes, claim the new one and release the old one."""
    values = changes.changed()

    def move_claim(website: Item) -> Iterable[Action]:
        domain = str(values.get("domain", website["domain"]))
        return [] if domain == website["domain"] else [_release(store, website), _claim(store, website, domain)]

    depends_on = tuple(WebsiteChanges.model_fields)
    return store.update(WEBSITE, workspace_id, website_id, values, depends_on=depends_on, also=move_claim)


def delete_website(store: Store, workspace_id: str, website_id: str) -> WebsiteDeletion:
    """Delete a website and then its records, to which none can be added any more.

    Calling it again completes a call that was interrupted.
    """
    website, changed = store.delete(
        WEBSITE, workspace_id, website_id, removed=[_OWNED], also=lambda website: [_release(store, website)]
    )
    try:
        deleted = [(kind, store.delete_all_of(kind, workspace_id, website_id)) for kind in KINDS_OF_A_WEBSITE]
    except AwsError as failure:
        failure.add_note("The website is deleted, but some of its records are not; delete it again to finish.")
        raise
    return WebsiteDeletion(website, changed, deleted)


def _claim(store: Store, website: Item, domain: str) -> Action:
    key = _claim_key(website["workspace_id"], domain)
    existing = store.database.get(store.workspace_table, key)
    if existing is not None:
        raise AlreadyExistsError(
            f"{domain} is already registered in this workspace as {existing['website_id']}; "
            "change or delete that website, or choose another domain.",
            existing["website_id"],
        )
    return tables.insertion(store.workspace_table, {**key, "website_id": website["id"]}, "workspace_id")


def _release(store: Store, website: Item) -> Action:
    key = _claim_key(website["workspace_id"], website["domain"])
    return tables.deletion(store.workspace_table, key, {"website_id": website["id"]})


def _claim_key(workspace_id: str, domain: str) -> dict[str, str]:
    return {"workspace_id": workspace_id, "item": f"DOMAIN#{domain}"}
