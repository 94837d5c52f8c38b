"""The records of alerts, with what was found last."""

from typing import NamedTuple, NotRequired, TypedDict

from pixel.workspaces.judged import JUDGED, judged, state_of_alert, undeliverable_of
from pixel.workspaces.record_kind import RecordKind, attributes_of
from pixel.workspaces.vocabulary import (
    FOR_DEFAULTS,
    AlertChannel,
    AlertDirection,
    AlertKind,
    AlertState,
    Metric,
    Missing,
    VerdictName,
    Window,
)


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
