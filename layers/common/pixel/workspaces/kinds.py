"""The kinds of records of a workspace: their keys in the table, and their fields in responses.

Each kind has two responses. `<Kind>Response` is a row of a list that is not paged, and never changes. `<Kind>Record` is
the whole record, as routes of one record and pages have it, and may get more fields.

Responses are TypedDicts, which pydantic can read for OpenAPI, so that routes that only list do not import pydantic. The
hash of a token or a password is never part of a response, and lists read only the attributes of responses, so neither
can leak.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, NotRequired, TypedDict, get_args

Metric = Literal["visitors", "pageviews", "sessions", "bounce_rate", "avg_duration", "conversions", "revenue"]
"""The metrics of p_metric_series."""
AlertChannel = Literal["email", "slack", "webhook"]
GoalKind = Literal["url", "event", "css"]
"""What a goal waits for: a page, a custom event, or an element that the browser pixel watches."""
PixelMode = Literal["cookieless", "cookie"]
"""Who is a visitor to the browser pixel: a hash of a day, or a random id on the device."""
PixelConsent = Literal["none", "required"]
Gpc = Literal["cookieless", "off"]
"""What the browser pixel does where a browser asks for privacy, by Global Privacy Control."""
Cadence = Literal["daily", "weekly", "monthly"]
ReportChannel = Literal["email", "slack"]
Panel = Literal[
    "summary",
    "series",
    "pages",
    "sources",
    "places",
    "devices",
    "goals",
    "realtime",
    "revenue",
    "funnel",
    "retention",
]
"""What a dashboard shows."""
Period = Literal["today", "yesterday", "7d", "28d", "30d", "month", "12mo", "custom"]
Theme = Literal["auto", "light", "dark"]

PANELS: tuple[Panel, ...] = get_args(Panel)
OwnerPanel = Literal[Panel, "links"]
"""What a dashboard shows to owners, who may see the short links of the whole workspace beside one website."""

OWNER_PANELS: tuple[OwnerPanel, ...] = (*PANELS, "links")
PERIODS: tuple[Period, ...] = get_args(Period)
PANELS_UNLESS_CHOSEN = PANELS[:8]
"""Those of a share link that says nothing else: no money, no funnel, no cohorts."""

EVENT_PREFIX: Final = "event:"
_URL_STARTS = ("/", "http://", "https://")


def kind_of(selector: str) -> GoalKind:
    """Return what a goal with this selector waits for."""
    if selector.startswith(_URL_STARTS):
        return "url"
    return "event" if selector.startswith(EVENT_PREFIX) else "css"


class WebsiteResponse(TypedDict):
    """A website of the workspace."""

    id: str
    domain: str
    name: str | None
    createdAt: str  # the spelling that dashboards expect


class PixelSettings(TypedDict):
    """The settings of the browser pixel of a website."""

    mode: PixelMode
    consent: PixelConsent
    gpc: Gpc
    hash: bool
    outbound: bool
    downloads: bool
    forms: bool
    cookie_domain: str | None
    domains: list[str]
    query_params_kept: list[str]
    exclude: list[str]


PIXEL_DEFAULTS: Final[PixelSettings] = {
    "mode": "cookieless",
    "consent": "none",
    "gpc": "cookieless",
    "hash": False,
    "outbound": False,
    "downloads": False,
    "forms": False,
    "cookie_domain": None,
    "domains": [],
    "query_params_kept": [],
    "exclude": [],
}


def pixel_settings_of(website: Mapping[str, Any]) -> dict[str, Any]:
    """Return all settings of the browser pixel of a website's item."""
    return {**PIXEL_DEFAULTS, **(website.get("pixel") or {})}


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


class AlertRecord(AlertResponse):
    """An alert with its revision."""

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
    """A scheduled report with its revision."""

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
            if field != "deleted_at" or field in item
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
ALERT = RecordKind("alert", "ALERT#", "alert", attributes_of(AlertResponse), attributes_of(AlertRecord), limit=50)
REPORT = RecordKind(
    "report",
    "REPORT#",
    "report",
    attributes_of(ReportResponse),
    attributes_of(ReportRecord),
    limit=20,
    forgotten=("recipients",),
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
KINDS_OF_A_WEBSITE = (GOAL, ALERT, REPORT, SHARE_LINK)
"""The kinds that are deleted with their website."""
