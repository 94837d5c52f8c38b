"""The states of addresses that get mail: whether each wants it, kept by the address's hash alone."""

import hashlib
from collections.abc import Iterable, Mapping
from itertools import batched
from typing import Final, Literal

from pixel.aws.attributes import Item
from pixel.aws.tables import READS_AT_ONCE, Database
from pixel.foundation.settings import settings

RECIPIENT_PREFIX: Final = "RECIPIENT#"
"""Begins the sort key of an address, which ends in its hash."""

RecipientState = Literal["confirmed", "pending", "unsubscribed", "bounced", "complained"]


def address_hash(address: str) -> str:
    """Return the hash by which an address is known, in which its case does not matter."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()


def recipient_key(workspace_id: str, of_address: str) -> dict[str, str]:
    """Return the key of the state of an address, given its hash."""
    return {"workspace_id": workspace_id, "item": f"{RECIPIENT_PREFIX}{of_address}"}


def states_of(database: Database, table: str, workspace_id: str, addresses: Iterable[str]) -> dict[str, RecipientState]:
    """Return the state of each address."""
    keys = {address: recipient_key(workspace_id, address_hash(address)) for address in addresses}
    unique = list({key["item"]: key for key in keys.values()}.values())
    found: dict[str, Item] = {}
    for some in batched(unique, READS_AT_ONCE, strict=False):
        found |= {item["item"]: item for item in database.get_all(table, some)}
    return {address: state_of(address, found.get(key["item"])) for address, key in keys.items()}


def state_of(address: str, item: Mapping[str, RecipientState] | None) -> RecipientState:
    """Return the state of an address, given its item if there is one."""
    if item is not None and item["state"] != "pending":
        return item["state"]
    return "confirmed" if _is_of_own_domain(address) else "pending"


def _is_of_own_domain(address: str) -> bool:
    domains = {domain.strip().lower() for domain in settings().mail_domains.split(",")} - {""}
    return address.rpartition("@")[2].strip().lower() in domains
