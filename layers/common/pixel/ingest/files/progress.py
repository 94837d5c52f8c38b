"""The progress of an import and the lease of the run that performs it, stored together in the claims table.

Each version of an object has its own progress. The run renews its lease with each step; the lease of a run that was
killed expires.
"""

from math import ceil
from typing import NamedTuple, Self
from uuid import uuid4

from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import LoggableError
from pixel.foundation.settings import settings
from pixel.ingest.files.lines import Position

LEASE_SECONDS = 120
_KEPT_SECONDS = 30 * 86_400
_CONTENTS_KEPT_SECONDS = 400 * 86_400


class LeaseHeldError(LoggableError):
    """Another run holds the lease, for `seconds` more unless it renews it."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__("another run imports this object")


class LeaseLostError(LoggableError):
    """Another run has taken the lease, and repeats what this one did since its last step."""


class Progress(NamedTuple):
    """The progress of an import, as it is stored."""

    claim: str
    owner: str
    lease_until: int  # epoch seconds
    started_at: int  # epoch seconds
    is_finished: bool = False
    reason: str | None = None  # why the import ended early
    line: int = 0
    offset: int = 0  # in the uncompressed file
    header: tuple[str, ...] | None = None
    is_packed: bool = False
    size: int | None = None  # of the object; None until it is opened
    modified_ms: int = 0
    accepted: int = 0
    duplicate: int = 0
    queued: int = 0
    rejected: int = 0
    rejects_number: int = 1  # of the current object of rejects
    rejects_lines: int = 0  # in the current object of rejects
    records_number: int = 1  # of the current object of row records
    records_rows: int = 0  # in the current object of row records
    step_rows: int | None = None  # in the next step, if it has fewer rows than usual because one failed

    @classmethod
    def of(cls, item: Item) -> Self:
        found = cls(**{name: item[name] for name in cls._fields if name in item})
        return found._replace(header=None if found.header is None else tuple(found.header))

    def to_item(self) -> Item:
        return {**self._asdict(), "expires_at": int(epoch_seconds()) + _KEPT_SECONDS}

    @property
    def position(self) -> Position:
        return Position(self.line, self.offset)


def take(bucket: str, key: str, version: str) -> Progress:
    """Take the lease and return the progress, without a lease if the import is finished. Raises LeaseHeldError."""
    now = int(epoch_seconds())
    claim, owner = f"import#{bucket}/{key}#{version}", str(uuid4())
    fresh = Progress(claim, owner, now + LEASE_SECONDS, started_at=now)
    found = tables.database().put_if_absent(settings().claims_table, fresh.to_item(), "claim")
    if found is None:
        return fresh
    existing = Progress.of(found)
    if existing.is_finished or existing.owner == owner:
        return existing
    if existing.lease_until > epoch_seconds():
        raise LeaseHeldError(ceil(existing.lease_until - epoch_seconds()))
    taken = existing._replace(owner=owner, lease_until=now + LEASE_SECONDS)
    if not _replace(taken, {"owner": existing.owner, "lease_until": existing.lease_until}):
        raise LeaseHeldError(LEASE_SECONDS)
    return taken


def first_modified_ms(bucket: str, key: str, etag: str, modified_ms: int) -> int:
    """Return when an object with this name and these contents was first created."""
    item = {
        "claim": f"contents#{bucket}/{key}#{etag}",
        "modified_ms": modified_ms,
        "expires_at": int(epoch_seconds()) + _CONTENTS_KEPT_SECONDS,
    }
    found = tables.database().put_if_absent(settings().claims_table, item, "claim")
    return modified_ms if found is None else int(found["modified_ms"])


def save(progress: Progress) -> Progress:
    """Save the progress and renew the lease. Raises LeaseLostError if another run has taken it."""
    renewed = progress._replace(lease_until=int(epoch_seconds()) + LEASE_SECONDS)
    if not _replace(renewed, {"owner": progress.owner}):
        raise LeaseLostError("another run has taken over the import")
    return renewed


def release(progress: Progress) -> None:
    """Release the lease, so that the next run can begin at once."""
    _replace(progress._replace(lease_until=0), {"owner": progress.owner})


def _replace(progress: Progress, expected: Item) -> bool:
    """Save the progress if the item has these values, and return whether it was saved."""
    found = tables.database().replace_if(settings().claims_table, progress.to_item(), "claim", expected)
    return found is None or (found.get("owner"), found.get("lease_until")) == (progress.owner, progress.lease_until)
