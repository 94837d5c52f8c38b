"""The records of goals."""

from typing import NotRequired, TypedDict

from pixel.workspaces.record_kind import RecordKind, attributes_of
from pixel.workspaces.vocabulary import GoalKind, kind_of


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
