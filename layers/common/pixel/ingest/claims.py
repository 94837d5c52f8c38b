"""Claims of ids and transactions: the first event with an id claims it, and later ones get the same result.

A claim is open until its event is kept. The requests that hold an open claim are still running, or ended without
knowing whether the row was kept; others cannot tell which. A request that finds an open claim with the same contents
joins its holders and sends the same row again, with the ids and times of the claim, and the pipes count it once
(docs/decisions/0017). No request waits for another. A holder leaves only if its row is certainly not kept. A claim
without holders is free.
"""

import secrets
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple, Self

from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.conditions import ABSENT, PRESENT
from pixel.aws.json_service import AwsUnreachableError
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.settings import settings

EVENT_SECONDS = 7 * 86_400
TRANSACTION_SECONDS = 400 * 86_400  # payments may be sent again at the end of the year
_ATTEMPTS = 5


class Claim(NamedTuple):
    """A claim of an event id or of a transaction, as it is stored beside its holders."""

    claim: str
    fingerprint: str
    event_id: str
    visitor_id: str
    datasource: str
    timestamp_ms: int
    received_ms: int
    kept: bool
    kept_seconds: int
    website_id: str = ""  # this and the next are missing in claims of earlier versions
    row_id: str = ""  # the `event_id` of the row, which is another one if it names a transaction

    @classmethod
    def of(cls, item: Item) -> Self:
        return cls(**{name: item[name] for name in cls._fields if name in item})

    def to_item(self, holder: str) -> Item:
        return {
            **self._asdict(),
            "holders": frozenset({holder}),
            "expires_at": int(epoch_seconds()) + self.kept_seconds,
        }


def event_claim(workspace_id: str, event_id: str) -> str:
    """Return the name of the claim of a sender's event id."""
    return f"{workspace_id}#event#{event_id}"


def derived_id(origin: str) -> str:
    """Return the event id that always follows from a text, in the form of the ids that this API makes."""
    return f"evt_{sha256(origin.encode(errors='surrogatepass')).hexdigest()[:32]}"


def new_holder() -> str:
    """Return a token for the request of one event."""
    return secrets.token_urlsafe(9)


def take(claim: Claim, holder: str) -> Claim | None:
    """Take a claim that is free, or join its holders if it is open and of the same contents.

    Returns None if it was free, else the existing claim. Its `fingerprint` and `kept` tell whether `holder` joined.
    """
    database, table, key = tables.database(), settings().claims_table, {"claim": claim.claim}
    for _ in range(_ATTEMPTS):
        item = database.replace_if(table, claim.to_item(holder), "claim", {"holders": ABSENT})
        if item is None or holder in item.get("holders", ()):
            return None
        if not item:
            continue  # it expired meanwhile
        existing = Claim.of(item)
        if existing.kept or existing.fingerprint != claim.fingerprint:
            return existing
        open_claim = {"kept": False, "fingerprint": claim.fingerprint, "holders": PRESENT}
        joined = database.add_to_set(table, key, "holders", holder, open_claim)
        if joined is not None:
            return Claim.of(joined)
    raise AwsUnreachableError("dynamodb PutItem", "the claim is taken and released again and again")


def is_taken(name: str) -> bool:
    """Return whether an event has the claim, kept or on its way."""
    item = tables.database().get(settings().claims_table, {"claim": name})
    return bool(item and item.get("holders"))


def mark_kept(claims: Iterable[tuple[Claim, str]]) -> None:
    """Mark claims as those of events that are kept; each is given with its holder."""
    items = [claim._replace(kept=True).to_item(holder) for claim, holder in claims]
    tables.database().put_all(settings().claims_table, items)


def leave(claim: Claim, holder: str) -> None:
    """Leave the claim of an event that is certainly not kept; it is free unless another request holds it."""
    tables.database().remove_from_set(
        settings().claims_table, {"claim": claim.claim}, "holders", holder, {"kept": False}
    )
