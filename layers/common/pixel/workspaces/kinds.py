"""The kinds of records that a workspace owns: where each lies in the table, and what is answered of it.

An answer is a TypedDict, which pydantic reads as a model for OpenAPI; routes that only list need not import pydantic,
which would cost more than the rest of their start. Neither the hash of a token nor that of a password is part of an
answer, and lists ask DynamoDB for the attributes of answers alone, so neither can leak.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypedDict

Answer = dict[str, Any]

Metric = Literal["visitors", "pageviews", "sessions", "bounce_rate", "avg_duration", "conversions", "revenue"]
"""Those of p_metric_series."""
AlertChannel = Literal["email", "slack", "webhook"]
Cadence = Literal["daily", "weekly", "monthly"]
ReportChannel = Literal["email", "slack"]


class WebsiteAnswer(TypedDict):
    id: str
    domain: str
    name: str | None
    createdAt: str  # spelled as dashboards know it


class GoalAnswer(TypedDict):
    id: str
    website_id: str
    name: str | None
    selector: str
    created_at: str


class AlertAnswer(TypedDict):
    id: str
    website_id: str
    metric: Metric
    threshold: int | float
    channel: AlertChannel
    created_at: str


class ReportAnswer(TypedDict):
    id: str
    website_id: str
    cadence: Cadence
    channel: ReportChannel
    recipients: list[str]
    last_sent_at: str | None
    created_at: str


class ShareLinkAnswer(TypedDict):
    id: str
    website_id: str
    token_prefix: str
    expires_at: str | None
    password_protected: bool
    created_at: str


class RecordKind(NamedTuple):
    """One kind of record. An item's sort key is its kind and its id, so that one query reads one kind."""

    noun: str
    sort_key_prefix: str
    id_prefix: str
    answered: Mapping[str, str]
    """Field of the answer -> attribute of the item."""
    website: str = "website_id"
    """The attribute that holds the website's id."""

    def key(self, workspace_id: str, record_id: str) -> dict[str, str]:
        return {"workspace_id": workspace_id, "item": f"{self.sort_key_prefix}{record_id}"}

    def answer(self, item: Mapping[str, Any]) -> Answer:
        """Return what callers see of an item; what it lacks is null."""
        return {field: item.get(attribute) for field, attribute in self.answered.items()}


def _as_stored(answer: type, **renamed: str) -> dict[str, str]:
    return {field: renamed.get(field, field) for field in answer.__annotations__}


WEBSITE = RecordKind("website", "WEBSITE#", "admx", _as_stored(WebsiteAnswer, createdAt="created_at"), website="id")
GOAL = RecordKind("goal", "GOAL#", "goal", _as_stored(GoalAnswer))
ALERT = RecordKind("alert", "ALERT#", "alert", _as_stored(AlertAnswer))
REPORT = RecordKind("report", "REPORT#", "report", _as_stored(ReportAnswer))
SHARE_LINK = RecordKind("share link", "SHARE#", "share", _as_stored(ShareLinkAnswer))

OF_A_WEBSITE = (GOAL, ALERT, REPORT, SHARE_LINK)
"""Those that are deleted together with their website."""
