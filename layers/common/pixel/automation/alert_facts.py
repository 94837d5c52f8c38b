"""What is told about a transition of an alert: one message for each recipient, and one for webhooks."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pixel.automation.judging import Judgement
from pixel.automation.measuring import Measured, Subject
from pixel.aws.attributes import Item
from pixel.foundation import JsonObject
from pixel.foundation.clock import to_iso
from pixel.workspaces.messages import EVERYBODY, Fact, MessageKind, Recipient, new_message, recipients_of

_FIELDS = ("metric", "kind", "direction", "threshold", "window")


def messages_of(subject: Subject, judgement: Judgement, measured: Measured, at: datetime) -> Iterator[Item]:
    """Yield the messages of a judgement, none if it is no transition that anybody is told."""
    if judgement.transition is None or judgement.send_at is None:
        return
    bounds = measured.bounds[-1]
    alert = subject.alert
    fact = Fact(
        MessageKind.ALERT,
        alert["id"],
        subject.website["id"],
        judgement.transition,
        to_iso(bounds.end),
        _data(subject, judgement, measured, is_held=judgement.send_at > at),
    )
    for recipient in [*recipients_of(alert), Recipient("webhook", EVERYBODY)]:
        yield new_message(alert["workspace_id"], fact, recipient, judgement.send_at)


def _data(subject: Subject, judgement: Judgement, measured: Measured, *, is_held: bool) -> JsonObject:
    alert, bounds, last = subject.alert, measured.bounds[-1], judgement.state.verdicts[0]
    rule, state = subject.settings.rule, judgement.state
    since = state.missing_since if judgement.transition == "missing" else state.since
    found = {name: getattr(rule, name) for name in _FIELDS}
    return {
        **found,
        "name": alert.get("name") or _name(found),
        "filters": alert.get("filters", {}),
        "window_start": to_iso(bounds.start),
        "window_end": to_iso(bounds.end),
        "value": last.value,
        "expected": last.expected,
        "score": last.score,
        "since": None if since is None else to_iso(since),
        "is_held": is_held,
        "note": _note(judgement, len(measured.observations)),
        "verdicts": [row._asdict() for row in judgement.state.verdicts],
    }


def _name(found: Mapping[str, Any]) -> str:
    metric = str(found["metric"]).replace("_", " ").capitalize()
    if found["kind"] == "anomaly":
        return f"{metric}: unusual"
    if found["kind"] == "change":
        return f"{metric}: change of {found['threshold']:.0%}"
    return f"{metric} {found['direction']} {found['threshold']:,}"


def _note(judgement: Judgement, windows: int) -> str | None:
    notes = []
    if judgement.silenced:
        times = "once" if judgement.silenced == 1 else f"{judgement.silenced} times"
        notes.append(f"It fired {times} without a message since the last one, because of its cooldown.")
    if windows > 1:
        notes.append(f"{windows} windows were judged late and at once; this is where they ended.")
    return " ".join(notes) or None
