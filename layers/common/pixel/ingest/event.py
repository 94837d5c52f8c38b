"""An event during ingestion: its input, its identity, its claims and its result."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from pixel.events.models import AnyCollected, Identify, Payment, read_event
from pixel.events.rows import Identity, datasource_of, row_of, row_of_identify
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.ids import MADE_EVENT_ID, new_event_id
from pixel.ingest.claims import EVENT_SECONDS, TRANSACTION_SECONDS, Claim, derived_id, event_claim, new_holder
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
    read: Callable[[Any], AnyCollected] = read_event
    origin: str | None = None
    at_ms: int | None = None  # when the source received it; None: now
    website_ids: tuple[str, ...] | None = None  # those that the sender's key is bound to; None: all of the workspace


@dataclass(eq=False, repr=False)
class PendingEvent:
    """A valid event with its claims and, once it is processed, its result."""

    event: AnyCollected
    identity: Identity  # of its row
    event_id: str  # in its result
    domain: str  # of the website
    aliases: tuple[str, ...] = ()  # of the website
    bot_reason: str = ""  # why the event is a bot's although its user agent is not
    claims: list[Claim] = field(default_factory=list)
    holder: str = field(default_factory=new_holder)
    held_claims: list[Claim] = field(default_factory=list)
    may_be_kept: bool = False
    leader: "PendingEvent | None" = None  # the event of the same batch whose result it shares
    result: Result | None = None

    @property
    def is_rejected(self) -> bool:
        return self.result is not None and self.result.status == REJECTED

    @property
    def datasource(self) -> str:
        return datasource_of(self.event)

    @property
    def row(self) -> str:
        if isinstance(self.event, Identify):
            return row_of_identify(self.event, self.identity)
        return row_of(self.event, self.identity, own_host=self.domain, aliases=self.aliases, bot_reason=self.bot_reason)

    def adopt_identity(self, claim: Claim) -> None:
        """Adopt the visitor and the times of the row that a claim belongs to."""
        self.identity = self.identity._replace(
            visitor_id=claim.visitor_id, timestamp_ms=claim.timestamp_ms, received_ms=claim.received_ms
        )

    def updated(self, claim: Claim) -> Claim:
        """Return the claim with the ids and times of the result."""
        _, _, visitor_id, timestamp_ms, received_ms = self.identity
        event_id = (self.result and self.result.event_id) or self.event_id
        return claim._replace(
            event_id=event_id, visitor_id=visitor_id, timestamp_ms=timestamp_ms, received_ms=received_ms
        )

    def finish(self, status: str, *, event_id: str | None = None) -> None:
        """Set the result. A duplicate has the `event_id` of the first event."""
        self.result = Result(status, event_id or self.event_id, self.identity.visitor_id, self.datasource)

    def reject(self, error: ApiError) -> None:
        self.result = Result(REJECTED, error=error)


def read_pending(incoming: IncomingEvent) -> PendingEvent:
    """Validate an event and look up its website. Raises ApiError if it is invalid."""
    event = incoming.read(incoming.body)
    website = _website(incoming, event.website_id)
    if website is None:
        raise ApiError(ErrorCode.WEBSITE_NOT_FOUND)
    workspace_id, sender_event_id, transaction = website.workspace_id, _sender_event_id(event), _transaction_of(event)
    transaction_row_id = None if transaction is None else derived_id(f"{workspace_id}#{transaction}")
    event_id = sender_event_id or transaction_row_id or _new_event_id(incoming.origin)
    row_id = transaction_row_id or event_id
    if row_id == sender_event_id and isinstance(event, Payment) and re.fullmatch(MADE_EVENT_ID, sender_event_id):
        # The sender may have it from another payment's result, and no payment may replace another.
        row_id = derived_id(event_claim(workspace_id, sender_event_id))
    identity = _identity_of(event, incoming, workspace_id, row_id)
    pending = PendingEvent(event, identity, event_id, website.domain, website.aliases)
    if sender_event_id is not None:
        name = event_claim(workspace_id, sender_event_id)
        pending.claims.append(_claim(pending, name, _digest(incoming.body), EVENT_SECONDS))
    if transaction is not None:
        name = f"{workspace_id}#transaction#{transaction}"
        pending.claims.append(_claim(pending, name, _digest_of_transaction(event), TRANSACTION_SECONDS))
    return pending


def _website(incoming: IncomingEvent, website_id: str) -> KnownWebsite | None:
    if incoming.workspace_id is None:
        return find_website_in_any_workspace(website_id)
    return find_known_website(incoming.workspace_id, website_id, incoming.website_ids)


def _sender_event_id(event: AnyCollected) -> str | None:
    return None if isinstance(event, Identify) else event.event_id


def _new_event_id(origin: str | None) -> str:
    return new_event_id() if origin is None else derived_id(origin)


def _identity_of(event: AnyCollected, incoming: IncomingEvent, workspace_id: str, row_id: str) -> Identity:
    received_ms = int(epoch_seconds() * 1000) if incoming.at_ms is None else incoming.at_ms
    timestamp_ms = None if isinstance(event, Identify) else event.timestamp
    visitor_id = event.visitor_id or _new_visitor_id(None if incoming.origin is None else f"{workspace_id}#{row_id}")
    return Identity(
        workspace_id, row_id, visitor_id, received_ms if timestamp_ms is None else timestamp_ms, received_ms
    )


def _new_visitor_id(seed: str | None) -> str:
    return str(uuid4() if seed is None else UUID(bytes=sha256(seed.encode()).digest()[:16], version=4))


def _transaction_of(event: AnyCollected) -> str | None:
    """Return the name of the event's transaction within the workspace: a payment, or one refund of it.

    It determines the `event_id` of the row, so that the rows of several reports count once.
    """
    if not isinstance(event, Payment) or event.transaction_id is None:
        return None
    parts = [event.website_id, "refund" if event.refund else "payment", event.transaction_id]
    if event.refund_id is not None:
        parts += ["refund_id", event.refund_id]
    elif event.refund and event.event_id is not None:
        parts += ["event_id", event.event_id]
    return "#".join(part.replace("%", "%25").replace("#", "%23") for part in parts)


def _digest_of_transaction(event: AnyCollected) -> str:
    """Return the digest of what a report says about a transaction.

    Several reports have event ids of their own, and a webhook that is delivered again may have another timestamp.
    """
    contents = event.model_dump(exclude={"event_id", "timestamp"}, exclude_defaults=True)
    return _digest({name: float(value) if isinstance(value, Decimal) else value for name, value in contents.items()})


def _claim(pending: PendingEvent, name: str, fingerprint: str, kept_seconds: int) -> Claim:
    return pending.updated(
        Claim(
            claim=name,
            fingerprint=fingerprint,
            event_id="",
            visitor_id="",
            datasource=pending.datasource,
            timestamp_ms=0,
            received_ms=0,
            kept=False,
            kept_seconds=kept_seconds,
            website_id=pending.event.website_id,
            row_id=pending.identity.event_id,
        )
    )


def _digest(contents: Any) -> str:
    return sha256(json.dumps(contents, sort_keys=True, default=str).encode()).hexdigest()
