"""Claims of ids: the first event with an id claims it, and later ones get the same result.

A claim is open until its event is kept. The request that holds an open claim is either still running or has failed;
other requests cannot tell which. A request that finds an open claim therefore sends the same row again, with the ids
and times of the claim, and the pipes count it once (docs/decisions/0017). No request waits for another.
"""

from collections.abc import Iterable
from typing import NamedTuple, Self

from pixel.aws import tables
from pixel.aws.tables import Item
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.settings import settings

EVENT_SECONDS = 7 * 86_400
TRANSACTION_SECONDS = 400 * 86_400  # payments may be sent again at the end of the year


class Claim(NamedTuple):
    """A claim of an event id or of a transaction, as it is stored."""

    claim: str
    fingerprint: str | None  # None: the contents are not compared
    event_id: str
    visitor_id: str
    datasource: str
    timestamp_ms: int
    received_ms: int
    kept: bool
    kept_seconds: int

    @classmethod
    def of(cls, item: Item) -> Self:
        return cls(**{name: item[name] for name in cls._fields})

    def to_item(self) -> Item:
        return {**self._asdict(), "expires_at": int(epoch_seconds()) + self.kept_seconds}


def take(claim: Claim) -> Claim | None:
    """Store a claim unless one exists, and return the existing one or None."""
    found = tables.database().put_if_absent(settings().claims_table, claim.to_item(), "claim")
    return None if found is None else Claim.of(found)


def find(names: Iterable[str]) -> dict[str, Claim]:
    """Return the stored claims by name."""
    keys = [{"claim": name} for name in dict.fromkeys(names)]
    return {item["claim"]: Claim.of(item) for item in tables.database().get_all(settings().claims_table, keys)}


def mark_kept(claims: list[Claim]) -> None:
    """Mark claims as those of events that are kept."""
    tables.database().put_all(settings().claims_table, [claim._replace(kept=True).to_item() for claim in claims])


def release(claim: Claim) -> None:
    """Delete the claim of an event that was not kept, unless another request has kept it meanwhile."""
    tables.database().delete_if(settings().claims_table, {"claim": claim.claim}, {"kept": False})
