"""The kinds of records of a workspace: their keys in the table, and their fields in responses.

Each kind has two responses. `<Kind>Response` is a row of a list that is not paged, and never changes. `<Kind>Record` is
the whole record, as routes of one record and pages have it, and may get more fields.

Responses are TypedDicts, which pydantic can read for OpenAPI, so that routes that only list do not import pydantic. The
hash of a token or a password is never part of a response, and lists read only the attributes of responses, so neither
can leak.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple, NotRequired, TypedDict

from pixel.workspaces.judged import JUDGED, judged, state_of_alert, undeliverable_of
from pixel.workspaces.pixel_defaults import PixelSettings, pixel_settings_of
from pixel.workspaces.vocabulary import (
    FOR_DEFAULTS,
    PANELS_UNLESS_CHOSEN,
    PERIODS,
    SECTIONS,
    AlertChannel,
    AlertDirection,
    AlertKind,
    AlertState,
    Cadence,
    DestinationKind,
    DisabledReason,
    EventType,
    GoalKind,
    Metric,
    Missing,
    Panel,
    Period,
    ReportChannel,
    Section,
    Theme,
    VerdictName,
    Window,
    kind_of,
)


class WebsiteResponse(TypedDict):
    """A website of the workspace."""

    id: str
    domain: str
    name: str | None
    createdAt: str  # the spelling that dashboards expect


class WebsiteRecord(WebsiteResponse):
    """A website with its revision, and how its browser pixel works."""

    timezone: str
    currency: str
    aliases: list[str]
    pixel: PixelSettings
    created_at: str
    updated_at: str
    revision: int
    deleted_at: NotRequired[str]


class GoalResponse(TypedDict):
    """A goal of a website."""

    id: str
    website_id: str
    name: str | None
    selector: str
    created_at: str


class GoalRecord(GoalResponse):
    """A goal with its revision, what it waits for, and what a conversion is worth that brings no value."""

    kind: GoalKind
    value: int | float | None
    currency: str | None
    updated_at: str
    revision: int
    deleted_at: NotRequired[str]


class AlertResponse(TypedDict):
    """An alert of a website."""

    id: str
    website_id: str
    metric: Metric
    threshold: int | float
    channel: AlertChannel
    created_at: str


class QuietHours(TypedDict("QuietHours", {"from": str})):
    """The local hours in which nobody is told; their end may be on the next day."""

    to: str


class VerdictRow(NamedTuple):
    """What was found in a window that ended `at`, as it is stored: without names, which would be longer than values."""

    at: str
    value: int | float | None
    expected: int | float | None
    score: int | float | None
    verdict: VerdictName


class Verdict(TypedDict):
    """What was found in a window that ended `at`."""

    at: str
    value: int | float | None
    expected: int | float | None
    score: int | float | None
    verdict: VerdictName


class AlertRecord(AlertResponse, TypedDict("_For", {"for": int})):
    """An alert with its revision, what it waits for, and what was found last."""

    name: str | None
    recipients: list[str] | None
    kind: AlertKind
    direction: AlertDirection
    window: Window
    filters: dict[str, str]
    min_volume: int
    recover: int
    clear: int | float
    cooldown_minutes: int
    missing: Missing
    quiet_hours: QuietHours | None
    snoozed_until: str | None
    enabled: bool
    state: AlertState
    since: str | None
    last_value: int | float | None
    last_evaluated_at: str | None
    undeliverable: str | None
    recipient_states: NotRequired[dict[str, str]]
    verdicts: list[Verdict]
    updated_at: str
    revision: int
    deleted_at: NotRequired[str]


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


class ShareLinkResponse(TypedDict):
    """A share link of a website."""

    id: str
    website_id: str
    token_prefix: str
    expires_at: str | None
    password_protected: bool
    created_at: str


class ShareLinkRecord(ShareLinkResponse):
    """A share link with its revision, and what its dashboard shows."""

    name: str | None
    panels: list[Panel]
    filters: dict[str, str]
    periods: list[Period]
    embed_origins: list[str]
    theme: Theme
    min_visitors: int
    steps: list[str]
    updated_at: str
    revision: int
    deleted_at: NotRequired[str]


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


_IF_THERE: Final = ("deleted_at", "recipient_states")


class RecordKind(NamedTuple):
    """A kind of record. The sort key of an item begins with its kind, so that one query reads one kind."""

    noun: str
    sort_key_prefix: str
    id_prefix: str
    response_attributes: Mapping[str, str]
    """The attribute of the item for each field of a row of a list."""
    record_attributes: Mapping[str, str]
    """The attribute of the item for each field of the whole record."""
    limit: int
    """How many live records a website may have, or a workspace if they are its websites."""
    website: str = "website_id"
    """The attribute that holds the website's id."""
    forgotten: tuple[str, ...] = ()
    """Secrets and addresses, which are removed some time after a record is deleted."""
    defaults: Mapping[str, object] = MappingProxyType({})
    """The attributes of new records unless they are given, and of those that were stored before there were any."""
    derived: Mapping[str, Callable[[Mapping[str, Any]], object]] = MappingProxyType({})
    """The fields of a record that are not stored, and how they follow from the item."""

    @property
    def path(self) -> str:
        """Return the name of the kind in paths, such as share-links."""
        return f"{self.noun}s".replace(" ", "-")

    @property
    def plural(self) -> str:
        """Return the name of a field that is about several records, such as share_links."""
        return f"{self.noun}s".replace(" ", "_")

    def key(self, workspace_id: str, record_id: str) -> dict[str, str]:
        return {"workspace_id": workspace_id, "item": f"{self.sort_key_prefix}{record_id}"}

    def to_response(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return the row of a list for an item, with null for missing attributes."""
        return {field: item.get(attribute) for field, attribute in self.response_attributes.items()}

    def to_record(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return the whole record for an item."""
        item = {**self.defaults, "updated_at": item["created_at"], "revision": revision_of(item), **item}
        return {
            field: self.derived[field](item) if field in self.derived else item.get(attribute)
            for field, attribute in self.record_attributes.items()
            if field not in _IF_THERE or field in item
        }


def revision_of(item: Mapping[str, Any]) -> int:
    """Return the revision of an item, which counts its changes. Items stored before there were revisions have none."""
    return int(item.get("revision", 1))


def attributes_of(response: type, **renamed: str) -> dict[str, str]:
    """Return the attribute of the item for each field of a response."""
    return {field: renamed.get(field, field) for field in response.__annotations__}


WEBSITE = RecordKind(
    "website",
    "WEBSITE#",
    "admx",
    attributes_of(WebsiteResponse, createdAt="created_at"),
    attributes_of(WebsiteRecord, createdAt="created_at"),
    limit=1_000,
    website="id",
    defaults={"timezone": "UTC", "currency": "USD", "aliases": []},
    derived={"pixel": pixel_settings_of},
)
GOAL = RecordKind(
    "goal",
    "GOAL#",
    "goal",
    attributes_of(GoalResponse),
    attributes_of(GoalRecord),
    limit=200,
    derived={"kind": lambda item: kind_of(item["selector"])},
)


ALERT = RecordKind(
    "alert",
    "ALERT#",
    "alert",
    attributes_of(AlertResponse),
    attributes_of(
        AlertRecord,
        **dict.fromkeys(("state", "since", "last_value", "last_evaluated_at", "undeliverable", "verdicts"), JUDGED),
    ),
    limit=50,
    forgotten=("recipients",),
    defaults={
        "kind": "threshold",
        "direction": "above",
        "window": "1h",
        "filters": {},
        "min_volume": 20,
        "recover": 2,
        "clear": 0.1,
        "cooldown_minutes": 720,
        "missing": "hold",
        "enabled": True,
    },
    derived={
        "for": lambda item: item.get("for") or FOR_DEFAULTS[item["kind"]],
        "state": state_of_alert,
        "undeliverable": undeliverable_of,
        "verdicts": lambda item: [VerdictRow(*row)._asdict() for row in item.get(JUDGED, {}).get("verdicts", ())],
        **{field: judged(field) for field in ("since", "last_value", "last_evaluated_at")},
    },
)
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
SHARE_LINK = RecordKind(
    "share link",
    "SHARE#",
    "share",
    attributes_of(ShareLinkResponse),
    attributes_of(ShareLinkRecord),
    limit=100,
    forgotten=("token_hash", "token_prefix", "password_hash"),
    defaults={
        "panels": list(PANELS_UNLESS_CHOSEN),
        "filters": {},
        "periods": list(PERIODS),
        "embed_origins": [],
        "theme": "auto",
        "min_visitors": 0,
        "steps": [],
    },
)
DESTINATION = RecordKind(
    "destination",
    "DEST#",
    "dest",
    attributes_of(DestinationResponse),
    attributes_of(DestinationRecord),
    limit=50,
    defaults={"events": None, "website_ids": None, "enabled": True, "disabled_reason": None, "failing_since": None},
)
KINDS_OF_A_WEBSITE = (GOAL, ALERT, REPORT, SHARE_LINK)
"""The kinds that are deleted with their website."""
