"""The records of destinations."""

from typing import NotRequired, TypedDict

from pixel.workspaces.record_kind import RecordKind, attributes_of
from pixel.workspaces.vocabulary import DestinationKind, DisabledReason, EventType


class DestinationResponse(TypedDict):
    """A destination of the workspace: an address that is sent webhooks, or messages of Slack."""

    id: str
    kind: DestinationKind
    name: str
    url_host: str
    events: list[EventType] | None
    website_ids: list[str] | None
    enabled: bool
    created_at: str


class DestinationRecord(DestinationResponse):
    """A destination with its revision, and whether it fails."""

    disabled_reason: DisabledReason | None
    failing_since: str | None
    updated_at: str
    revision: int
    deleted_at: NotRequired[str]


DESTINATION = RecordKind(
    "destination",
    "DEST#",
    "dest",
    attributes_of(DestinationResponse),
    attributes_of(DestinationRecord),
    limit=50,
    defaults={"events": None, "website_ids": None, "enabled": True, "disabled_reason": None, "failing_since": None},
)
