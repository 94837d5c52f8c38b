"""The kinds of records of a workspace: their keys in the table, and their fields in responses.

Responses are TypedDicts, which pydantic can read for OpenAPI, so that routes that only list do not import pydantic. The
hash of a token or a password is never part of a response, and lists read only the attributes of responses, so neither
can leak.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypedDict

Metric = Literal["visitors", "pageviews", "sessions", "bounce_rate", "avg_duration", "conversions", "revenue"]
"""The metrics of p_metric_series."""
AlertChannel = Literal["email", "slack", "webhook"]
Cadence = Literal["daily", "weekly", "monthly"]
ReportChannel = Literal["email", "slack"]


class WebsiteResponse(TypedDict):
    """A website of the workspace."""

    id: str
    domain: str
    name: str | None
    createdAt: str  # the spelling that dashboards expect


class GoalResponse(TypedDict):
    """A goal of a website."""

    id: str
    website_id: str
    name: str | None
    selector: str
    created_at: str


class AlertResponse(TypedDict):
    """An alert of a website."""

    id: str
    website_id: str
    metric: Metric
    threshold: int | float
    channel: AlertChannel
    created_at: str


class ReportResponse(TypedDict):
    """A scheduled report of a website."""

    id: str
    website_id: str
    cadence: Cadence
    channel: ReportChannel
    recipients: list[str]
    last_sent_at: str | None
    created_at: str


class ShareLinkResponse(TypedDict):
    """A share link of a website."""

    id: str
    website_id: str
    token_prefix: str
    expires_at: str | None
    password_protected: bool
    created_at: str


class RecordKind(NamedTuple):
    """A kind of record. The sort key of an item begins with its kind, so that one query reads one kind."""

    noun: str
    sort_key_prefix: str
    id_prefix: str
    response_attributes: Mapping[str, str]
    """The attribute of the item for each field of a response."""
    website: str = "website_id"
    """The attribute that holds the website's id."""

    def key(self, workspace_id: str, record_id: str) -> dict[str, str]:
        return {"workspace_id": workspace_id, "item": f"{self.sort_key_prefix}{record_id}"}

    def to_response(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return the response for an item, with null for missing attributes."""
        return {field: item.get(attribute) for field, attribute in self.response_attributes.items()}


def _attributes(response: type, **renamed: str) -> dict[str, str]:
    return {field: renamed.get(field, field) for field in response.__annotations__}


WEBSITE = RecordKind("website", "WEBSITE#", "admx", _attributes(WebsiteResponse, createdAt="created_at"), website="id")
GOAL = RecordKind("goal", "GOAL#", "goal", _attributes(GoalResponse))
ALERT = RecordKind("alert", "ALERT#", "alert", _attributes(AlertResponse))
REPORT = RecordKind("report", "REPORT#", "report", _attributes(ReportResponse))
SHARE_LINK = RecordKind("share link", "SHARE#", "share", _attributes(ShareLinkResponse))

KINDS_OF_A_WEBSITE = (GOAL, ALERT, REPORT, SHARE_LINK)
"""The kinds that are deleted with their website."""
