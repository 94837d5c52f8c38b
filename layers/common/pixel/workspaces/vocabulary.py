"""The words that fields of records may hold. Those of goals stand in `goal_kind`."""

from collections.abc import Mapping
from typing import Literal, get_args

Metric = Literal["visitors", "pageviews", "sessions", "bounce_rate", "avg_duration", "conversions", "revenue"]
"""The metrics of p_metric_series."""
AlertChannel = Literal["email", "slack", "webhook"]
AlertKind = Literal["threshold", "change", "anomaly"]
"""What a value is compared with: a number, the value of a week before, or what is usual for that hour of the week."""
AlertDirection = Literal["above", "below", "either"]
Window = Literal["5m", "15m", "1h", "1d", "7d"]
"""How long the windows are that an alert looks at."""
Missing = Literal["hold", "ok", "fire"]
"""What becomes of an alert while its metric cannot be known."""
VerdictName = Literal["breach", "clear", "between", "learning", "missing"]
AlertState = Literal["ok", "firing", "learning", "missing", "snoozed", "paused"]
Section = Literal["summary", "chart", "pages", "sources", "countries", "devices", "goals", "ai", "revenue"]
"""What a report shows."""
DestinationKind = Literal["slack", "webhook"]
EventType = Literal[
    "alert.fired",
    "alert.recovered",
    "alert.missing",
    "report.ready",
    "erasure.done",
    "export.ready",
    "key.created",
    "key.revoked",
    "destination.disabled",
    "ping",
]
"""What a webhook may be told of."""
DisabledReason = Literal["gone", "failing"]
"""Why a destination was disabled: its receiver said that it is gone, or nothing was delivered for days."""
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

SECTIONS: tuple[Section, ...] = get_args(Section)
FOR_DEFAULTS: Mapping[AlertKind, int] = {"threshold": 1, "change": 1, "anomaly": 2}
"""How many windows in a row make an alert fire unless it says so."""
