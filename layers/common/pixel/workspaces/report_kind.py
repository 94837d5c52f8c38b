"""The records of scheduled reports."""

from typing import NotRequired, TypedDict

from pixel.workspaces.record_kind import RecordKind, attributes_of
from pixel.workspaces.vocabulary import SECTIONS, Cadence, ReportChannel, Section


class ReportResponse(TypedDict):
    """A scheduled report of a website."""

    id: str
    website_id: str
    cadence: Cadence
    channel: ReportChannel
    recipients: list[str]
    last_sent_at: str | None
    created_at: str


class ReportRecord(ReportResponse):
    """A scheduled report with its revision, when it is sent, and what it shows."""

    at: str
    weekday: int
    timezone: str | None
    sections: list[Section]
    enabled: bool
    next_at: str | None
    undeliverable: str | None
    recipient_states: NotRequired[dict[str, str]]
    updated_at: str
    revision: int
    deleted_at: NotRequired[str]


REPORT = RecordKind(
    "report",
    "REPORT#",
    "report",
    attributes_of(ReportResponse),
    attributes_of(ReportRecord),
    limit=20,
    forgotten=("recipients",),
    defaults={"at": "07:00", "weekday": 1, "sections": list(SECTIONS), "enabled": True},
)
