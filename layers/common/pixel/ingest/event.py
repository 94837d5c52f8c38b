"""An event under way: what was sent, whose it is, what it claims, and its result."""

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
from pixel.workspaces.known_websites import KnownWebsite, website_of, website_of_anybody

ACCEPTED, QUEUED, DUPLICATE, REJECTED = "accepted", "queued", "duplicate", "rejected"


class Result(NamedTuple):
    """The fate of an event: its ids, or the error for which it was rejected."""

    status: str
    event_id: str | None = None
    visitor_id: str | None = None
    datasource: str | None = None
    error: ApiError | None = None


class Given(NamedTuple):
    """An event as it came.

    `origin` names the delivery for ever. Ids that the event does not bring are derived from it, so an event that its
    source delivers again makes the same row.
    """

    body: Any
    workspace_id: str | None  # None: that of the website which the event names
    read: Callable[[Any], Event | Identify] = read_event
    origin: str | None = None
    at_ms: int | None = None  # when the source received it; None: now


@dataclass
class SentEvent:
    """An event that can be used, with its claims and, in the end, its result."""

    event: Event | Identify
    identity: Identity
    domain: str  # of the website
    fingerprint: str = ""  # of one that brings an event_id
    wanted: list[Claim] = field(default_factory=list)
    taken: list[Claim] = field(default_factory=list)
    result: Result | None = None

    @property
    def own_id(self) -> str | None:
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

    def takes_over(self, claim: Claim) -> None:
        """Take over the ids and the times of the event that claimed first."""
        names = ("event_id", "visitor_id", "timestamp_ms", "received_ms")
        self.identity = self.identity._replace(**{name: getattr(claim, name) for name in names})

    def final(self, claim: Claim) -> Claim:
        """Return the claim with the ids that the event has now."""
        names = ("event_id", "visitor_id", "timestamp_ms", "received_ms")
        return claim._replace(**{name: getattr(self.identity, name) for name in names})

    def becomes(self, status: str) -> None:
        self.result = Result(status, self.identity.event_id, self.identity.visitor_id, self.datasource)

    def fails(self, error: ApiError) -> None:
        self.result = Result(REJECTED, error=error)


def read_sent(given: Given) -> SentEvent:
    """Validate an event and find its website. Raises ApiError where it cannot be used."""
    event = given.read(given.body)
    website = _website(given.workspace_id, event.website_id)
    if website is None:
        raise ApiError(ErrorCode.WEBSITE_NOT_FOUND)
    sent = SentEvent(event, _identify(event, given, website.workspace_id), website.domain)
    own_id, transaction = sent.own_id, _transaction(event)
    if own_id is not None:
        sent.fingerprint = _fingerprint(given.body)
    if own_id is not None or transaction is not None:
        sent.wanted = list(_claims_of(sent, transaction))
    return sent


def _website(workspace_id: str | None, website_id: str) -> KnownWebsite | None:
    return website_of_anybody(website_id) if workspace_id is None else website_of(workspace_id, website_id)


def _identify(event: Event | Identify, given: Given, workspace_id: str) -> Identity:
    own_id = None if isinstance(event, Identify) else event.event_id
    event_id = own_id or _id_of_transaction(workspace_id, event)
    if event_id is None:
        event_id = new_event_id() if given.origin is None else _id_of(given.origin)
    received_ms = int(epoch_seconds() * 1000) if given.at_ms is None else given.at_ms
    timestamp_ms = None if isinstance(event, Identify) else event.timestamp
    visitor_id = event.visitor_id or _new_visitor_id(None if given.origin is None else f"{workspace_id}#{event_id}")
    return Identity(
        workspace_id, event_id, visitor_id, received_ms if timestamp_ms is None else timestamp_ms, received_ms
    )


def _id_of(origin: str) -> str:
    return f"evt_{sha256(origin.encode(errors='surrogatepass')).hexdigest()[:32]}"


def _new_visitor_id(seed: str | None) -> str:
    return str(uuid4() if seed is None else UUID(bytes=sha256(seed.encode()).digest()[:16], version=4))


def _id_of_transaction(workspace_id: str, event: Event | Identify) -> str | None:
    """Return one id for all reports of a transaction, so that the rows of two reports count once."""
    name = _transaction(event)
    return None if name is None else f"evt_{sha256(f'{workspace_id}#{name}'.encode()).hexdigest()[:32]}"


def _transaction(event: Event | Identify) -> str | None:
    """Return the name of the event's transaction within the workspace.

    A refund is a transaction of its own beside its payment. Several refunds of one payment need event ids.
    """
    if not isinstance(event, Payment) or event.transaction_id is None:
        return None
    if event.refund and event.event_id is not None:
        return None
    return f"{event.website_id}#{'refund' if event.refund else 'payment'}#{event.transaction_id}"


def _claims_of(sent: SentEvent, transaction: str | None) -> Iterator[Claim]:
    """Yield a claim for each id that the sender chose; the ids that are made here need none."""
    of_workspace = sent.identity.workspace_id
    if transaction is not None:
        yield _claim(sent, f"{of_workspace}#transaction#{transaction}", None, TRANSACTION_SECONDS)
    if sent.own_id is not None:
        yield _claim(sent, f"{of_workspace}#event#{sent.own_id}", sent.fingerprint, EVENT_SECONDS)


def _claim(sent: SentEvent, key: str, fingerprint: str | None, kept_seconds: int) -> Claim:
    identity = sent.identity
    return Claim(
        claim=key,
        fingerprint=fingerprint,
        event_id=identity.event_id,
        visitor_id=identity.visitor_id,
        datasource=sent.datasource,
        timestamp_ms=identity.timestamp_ms,
        received_ms=identity.received_ms,
        kept=False,
        kept_seconds=kept_seconds,
    )


def _fingerprint(given: Any) -> str:
    return sha256(json.dumps(given, sort_keys=True, default=str).encode()).hexdigest()
