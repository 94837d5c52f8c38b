"""Claims: who sends an id first has it, and everybody after gets the same answer.

A claim is open until its event is kept, then kept. An open one is of a request that is under way, or that died: nobody
can tell. So whoever finds it sends the same row again, under the ids and the time of the claim: the pipes count it once
(docs/decisions/0017). Nothing waits and nothing is locked.
"""

from collections.abc import Iterable
from typing import NamedTuple, Self

from pixel.aws import tables
from pixel.aws.tables import Item
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.settings import settings

EVENT_SECONDS = 7 * 86_400
TRANSACTION_SECONDS = 400 * 86_400  # a payment may be reported again by next year's reconciliation


class Claim(NamedTuple):
    claim: str
    fingerprint: str | None  # None: whatever the contents
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
    """None where it is now ours; else the claim that was there first."""
    found = tables.database().put_if_absent(settings().claims_table, claim.to_item(), "claim")
    return None if found is None else Claim.of(found)


def find(names: Iterable[str]) -> dict[str, Claim]:
    """Those that are there, by name."""
    keys = [{"claim": name} for name in dict.fromkeys(names)]
    return {item["claim"]: Claim.of(item) for item in tables.database().get_all(settings().claims_table, keys)}


def mark_kept(claims: list[Claim]) -> None:
    tables.database().put_all(settings().claims_table, [claim._replace(kept=True).to_item() for claim in claims])


def release(claim: Claim) -> None:
    """Of an event that was not kept; not if another request has kept it meanwhile."""
    tables.database().delete_if(settings().claims_table, {"claim": claim.claim}, {"kept": False})
