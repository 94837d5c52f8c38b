"""Websites: what they have beyond other records. A domain belongs to one live website of a workspace, and a website
takes what hangs on it along when it goes.

The domain is claimed by an item of its own, DOMAIN#<domain>, written and removed together with the website: two
commands at once cannot register it twice (docs/decisions/0014).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pixel.foundation.ids import new_id
from pixelctl import records, tables
from pixelctl.failures import AWS_FAILURES, AlreadyExistsError
from pixelctl.record_kinds import OF_A_WEBSITE, WEBSITE, CheckedValues, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from pixel.aws.tables import Item
    from pixelctl.target import Target

_OWNED = "owned_website_id"  # key of the index that leads from a website to its workspace


class WebsiteDeletion(NamedTuple):
    website: Item
    changed: bool
    went_with_it: list[tuple[Kind, int]]


def create_website(target: Target, workspace_id: str, values: CheckedValues, *, website_id: str | None = None) -> Item:
    website_id = website_id or new_id(WEBSITE.id_prefix)
    return records.create_record(
        target,
        WEBSITE,
        workspace_id,
        {**values, _OWNED: website_id},
        record_id=website_id,
        also=lambda website: [_claim(target, website, website["domain"])],
    )


def update_website(target: Target, workspace_id: str, website_id: str, values: CheckedValues) -> Item:
    def move_claim(website: Item) -> Sequence[TransactWriteItemTypeDef]:
        domain = str(values.get("domain", website["domain"]))
        return [] if domain == website["domain"] else [_release(target, website), _claim(target, website, domain)]

    return records.update_record(target, WEBSITE, workspace_id, website_id, values, also=move_claim)


def delete_website(target: Target, workspace_id: str, website_id: str) -> WebsiteDeletion:
    """The website first: from then on nothing new can be hung on it. Run again, it finishes what a run that stopped
    half way left."""
    website, changed = records.delete_record(
        target,
        WEBSITE,
        workspace_id,
        website_id,
        removed=[_OWNED],
        also=lambda website: [_release(target, website)],
    )
    try:
        gone = [(kind, records.delete_records_of(target, kind, workspace_id, website_id)) for kind in OF_A_WEBSITE]
    except AWS_FAILURES as failure:
        failure.add_note("The website is deleted, but not all that hangs on it: run the same command again to finish.")
        raise
    return WebsiteDeletion(website, changed, gone)


def _claim(target: Target, website: Item, domain: str) -> TransactWriteItemTypeDef:
    key = _claim_key(website["workspace_id"], domain)
    held = tables.get(target.dynamodb, target.workspace_table, key)
    if held is not None:
        raise AlreadyExistsError(
            f"{domain} is registered in this workspace already, as {held['website_id']}; "
            "change or delete that website, or choose another domain."
        )
    return tables.put_new(target.workspace_table, {**key, "website_id": website["id"]}, "workspace_id")


def _release(target: Target, website: Item) -> TransactWriteItemTypeDef:
    key = _claim_key(website["workspace_id"], website["domain"])
    return tables.delete(target.workspace_table, key, {"website_id": website["id"]})


def _claim_key(workspace_id: str, domain: str) -> dict[str, str]:
    return {"workspace_id": workspace_id, "item": f"DOMAIN#{domain}"}
