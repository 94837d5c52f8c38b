"""An event during ingestion: its input, its identity, its claims and its result."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from pixel.events.models import Event, Identify, Payment, read_event
from pixel.events.rows import Identity, datasource_of, row_of, row_of_identify
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.ids import new_event_id
from pixel.ingest.claims import EVENT_SECONDS, TRANSACTION_SECONDS, Claim
from pixel.workspaces.known_websites import KnownWebsite, find_known_website, find_website_in_any_workspace

ACCEPTED, QUEUED, DUPLICATE, REJECTED = "accepted", "queued", "duplicate", "rejected"


class Result(NamedTuple):
    """The result of an event: its ids, or the error for which it was rejected."""

    status: str
    event_id: str | None = None
    visitor_id: str | None = None
    datasource: str | None = None
    error: ApiError | None = None


class IncomingEvent(NamedTuple):
    """An event as it was received.

    `origin` identifies its delivery permanently. Missing ids are derived from it, so that an event that
    is delivered again results in the same row.
    """

    body: Any
    workspace_id: str | None  # None: the one that owns the event's website
    read: Callable[[Any], Event | Identify] = read_event
    origin: str | None = None
    at_ms: int | None = None  # when the source received it; None: now


@dataclass
class PendingEvent:
    """A valid event with its claims and, once it is processed, its result."""

    event: Event | Identify
    identity: Identity
    domain: str  # of the website
    fingerprint: str = ""  # empty if the sender gave no event_id
    claims: list[Claim] = field(default_factory=list)
    acquired_claims: list[Claim] = field(default_factory=list)
    result: Result | None = None

    @property
    def sender_event_id(self) -> str | None:
        return None if isinstance(self.event, Identify) else self.event.event_id

    @property
    def has_transaction(self) -> bool:
        return _transaction(self.event) is not None

    @property
    def datasource(self) -> str:
        return datasource_of(self.event)

    @property
    def row(self) -> str:
        if isinstance(self.event, Identify):
            return row_of_identify(self.event, self.identity)
        return row_of(self.event, self.identity, own_host=self.domain)

    def adopt_ids(self, claim: Claim) -> None:
        """Adopt the ids and times of the event that holds the claim."""
        names = ("event_id", "visitor_id", "timestamp_ms", "received_ms")
        self.identity = self.identity._replace(**{name: getattr(claim, name) for name in names})

    def updated(self, claim: Claim) -> Claim:
        """Return the claim with the current ids and times of the event."""
        names = ("event_id", "visitor_id", "timestamp_ms", "received_ms")
        return claim._replace(**{name: getattr(self.identity, name) for name in names})

    def finish(self, status: str) -> None:
        self.result = Result(status, self.identity.event_id, self.identity.visitor_id, self.datasource)

    def reject(self, error: ApiError) -> None:
        self.result = Result(REJECTED, error=error)


def read_pending(incoming: IncomingEvent) -> PendingEvent:
    """Validate an event and look up its website. Raises ApiError if it is invalid."""
    event = incoming.read(incoming.body)
    website = _website(incoming.workspace_id, event.website_id)
    if website is None:
        raise ApiError(ErrorCode.WEBSITE_NOT_FOUND)
    pending = PendingEvent(event, _identity_of(event, incoming, website.workspace_id), website.domain)
    sender_event_id, transaction = pending.sender_event_id, _transaction(event)
    if sender_event_id is not None:
        pending.fingerprint = _fingerprint(incoming.body)
    if sender_event_id is not None or transaction is not None:
        pending.claims = list(_claims_for(pending, transaction))
    return pending


def _website(workspace_id: str | None, website_id: str) -> KnownWebsite | None:
    return (
        find_website_in_any_workspace(website_id)
        if workspace_id is None
        else find_known_website(workspace_id, website_id)
    )


def _identity_of(event: Event | Identify, incoming: IncomingEvent, workspace_id: str) -> Identity:
    sender_event_id = None if isinstance(event, Identify) else event.event_id
    event_id = sender_event_id or _id_of_transaction(workspace_id, event)
    if event_id is None:
        event_id = new_event_id() if incoming.origin is None else _id_from(incoming.origin)
    received_ms = int(epoch_seconds() * 1000) if incoming.at_ms is None else incoming.at_ms
    timestamp_ms = None if isinstance(event, Identify) else event.timestamp
    visitor_id = event.visitor_id or _new_visitor_id(None if incoming.origin is None else f"{workspace_id}#{event_id}")
    return Identity(
        workspace_id, event_id, visitor_id, received_ms if timestamp_ms is None else timestamp_ms, received_ms
    )


def _id_from(origin: str) -> str:
    return f"evt_{sha256(origin.encode(errors='surrogatepass')).hexdigest()[:32]}"


def _new_visitor_id(seed: str | None) -> str:
    return str(uuid4() if seed is None else UUID(bytes=sha256(seed.encode()).digest()[:16], version=4))


def _id_of_transaction(workspace_id: str, event: Event | Identify) -> str | None:
    """Return the same id for every event of a transaction, so that the rows of two events count once."""
    name = _transaction(event)
    return None if name is None else f"evt_{sha256(f'{workspace_id}#{name}'.encode()).hexdigest()[:32]}"


def _transaction(event: Event | Identify) -> str | None:
    """Return the name of the event's transaction within the workspace.

    A refund is a separate transaction from its payment. Several refunds of one payment need event ids.
    """
    if not isinstance(event, Payment) or event.transaction_id is None:
        return None
    if event.refund and event.event_id is not None:
        return None
    return f"{event.website_id}#{'refund' if event.refund else 'payment'}#{event.transaction_id}"


def _claims_for(pending: PendingEvent, transaction: str | None) -> Iterator[Claim]:
    """Yield a claim for each id that the sender chose; generated ids need none."""
    workspace_id = pending.identity.workspace_id
    if transaction is not None:
        yield _claim(pending, f"{workspace_id}#transaction#{transaction}", None, TRANSACTION_SECONDS)
    if pending.sender_event_id is not None:
        yield _claim(pending, f"{workspace_id}#event#{pending.sender_event_id}", pending.fingerprint, EVENT_SECONDS)


def _claim(pending: PendingEvent, key: str, fingerprint: str | None, kept_seconds: int) -> Claim:
    identity = pending.identity
    return Claim(
        claim=key,
        fingerprint=fingerprint,
        event_id=identity.event_id,
        visitor_id=identity.visitor_id,
        datasource=pending.datasource,
        timestamp_ms=identity.timestamp_ms,
        received_ms=identity.received_ms,
        kept=False,
        kept_seconds=kept_seconds,
    )


def _fingerprint(incoming: Any) -> str:
    return sha256(json.dumps(incoming, sort_keys=True, default=str).encode()).hexdigest()
