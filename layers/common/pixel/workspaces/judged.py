"""What an alert's windows were judged to be, as its record shows it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pixel.foundation.clock import now, to_iso
from pixel.workspaces.vocabulary import AlertState

JUDGED: Final = "judged"
"""The attribute of an alert that holds what its windows were judged to be."""


def judged(field: str) -> Callable[[Mapping[str, Any]], object]:
    """Return how a field of an alert follows from what its windows were judged to be."""
    return lambda item: item.get(JUDGED, {}).get(field)


def state_of_alert(item: Mapping[str, Any]) -> AlertState:
    """Return the state of an alert, which is paused or snoozed whatever its windows are judged to be."""
    if not item.get("enabled", True):
        return "paused"
    snoozed_until = item.get("snoozed_until")
    if snoozed_until is not None and snoozed_until > to_iso(now()):
        return "snoozed"
    found: AlertState = item.get(JUDGED, {}).get("state", "ok")
    return found


def undeliverable_of(item: Mapping[str, Any]) -> object:
    """Return why an alert can tell nobody, or None."""
    if item["channel"] != "webhook" and not item.get("recipients"):
        return "no_recipients"
    return item.get(JUDGED, {}).get("undeliverable")
