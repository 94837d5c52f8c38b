"""The records of goals."""

from typing import Final, Literal, NotRequired, TypedDict

from pixel.workspaces.record_kind import RecordKind, attributes_of

GoalKind = Literal["url", "event", "css"]
"""What a goal waits for: a page, a custom event, or an element that the browser pixel watches."""

EVENT_PREFIX: Final = "event:"
_URL_STARTS = ("/", "http://", "https://")


def kind_of(selector: str) -> GoalKind:
    """Return what a goal with this selector waits for."""
    if selector.startswith(_URL_STARTS):
        return "url"
    return "event" if selector.startswith(EVENT_PREFIX) else "css"


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


GOAL = RecordKind(
    "goal",
    "GOAL#",
    "goal",
    attributes_of(GoalResponse),
    attributes_of(GoalRecord),
    limit=200,
    derived={"kind": lambda item: kind_of(item["selector"])},
)
