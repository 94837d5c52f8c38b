"""Claims of idempotency keys: the first request with a key creates a record, and others get that record for a day.

The claim is written in the transaction that creates the record, so there is never one without the other.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, Self

from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.conditions import ABSENT, Expected
from pixel.aws.tables import Action, Database
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.settings import settings
from pixel.workspaces.store import Store

CLAIMED_SECONDS = 86_400


class AlreadyCreatedError(Exception):
    """A request with the same key and the same body created a record."""

    def __init__(self, record_id: str) -> None:
        self.record_id = record_id
        super().__init__("the idempotency key has created a record")


class CreateClaim(NamedTuple):
    """The claim of a key by a request that creates a record."""

    database: Database
    table: str
    claim: str
    fingerprint: str

    @classmethod
    def of(  # noqa: PLR0913 - what identifies a claim
        cls,
        store: Store,
        workspace_id: str,
        path: str,
        key: str,
        *,
        body: Mapping[str, Any],
        secret_fields: Collection[str],
    ) -> Self:
        """Return the claim of a request for a record.

        `path` tells apart what is created, by the end of its path in the API.
        Keys that are bound to other websites have other claims, so that they neither see nor block each other's.
        """
        name = f"{workspace_id}#create#{path}#{_bound_to(store)}{key}"
        return cls.named(store.database, name, body=body, secret_fields=secret_fields)

    @classmethod
    def named(cls, database: Database, name: str, *, body: Mapping[str, Any], secret_fields: Collection[str]) -> Self:
        """Return the claim with a name, which says for whom and for what the idempotency key is, and the key.

        Its fingerprint does not depend on secrets, which could be guessed from it.
        """
        public = {name: None if name in secret_fields else value for name, value in body.items()}
        text = json.dumps(public, sort_keys=True, separators=(",", ":"))
        return cls(database, settings().claims_table, name, hashlib.sha256(text.encode()).hexdigest())

    def require_new(self) -> None:
        """Raise AlreadyCreatedError if the key has created a record, and an API error if that was from another body."""
        self._expected()

    def action(self, record: Item) -> Action:
        """Return the action that claims the key for a record."""
        expected = self._expected()
        item = {
            "claim": self.claim,
            "fingerprint": self.fingerprint,
            "record_id": record["id"],
            "expires_at": int(epoch_seconds()) + CLAIMED_SECONDS,
        }
        return tables.replacement(self.table, item, expected)

    def _expected(self) -> Expected:
        """Return the condition under which the key is free: DynamoDB deletes an expired claim only some time later."""
        existing = self.database.get(self.table, {"claim": self.claim})
        if existing is None:
            return {"claim": ABSENT}
        if existing["expires_at"] <= epoch_seconds():
            return {"expires_at": existing["expires_at"]}
        if existing["fingerprint"] != self.fingerprint:
            raise ApiError(ErrorCode.IDEMPOTENCY_CONFLICT)
        raise AlreadyCreatedError(existing["record_id"])


def _bound_to(store: Store) -> str:
    """Return a part of the claim's name that tells keys apart by their websites: empty if they have all."""
    if store.website_ids is None:
        return ""
    return f"{hashlib.sha256(' '.join(sorted(store.website_ids)).encode()).hexdigest()[:16]}#"
