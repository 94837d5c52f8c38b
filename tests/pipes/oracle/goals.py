"""The goals of a workspace: which of them an event reaches, by what docs/pipes.md says of selectors."""

from collections.abc import Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from tests.pipes.oracle.events import Event
from tests.pipes.oracle.question import Question, Row


def live_goals(question: Question) -> list[Row]:
    """Return the last version of each goal that is not deleted."""
    last: dict[tuple[str, str], Row] = {}
    for row in sorted(question.tables["goals"], key=lambda row: row["version"]):
        if row["workspace_id"] == question.parameters["workspace_id"]:
            last[row["website_id"], row["goal_id"]] = dict(row)
    return [row for row in last.values() if not row["is_deleted"]]


def worth(event: Event, name: str, goals: Sequence[Row]) -> tuple[Decimal, str]:
    """Return the value and its currency that a conversion brings, or else those of the goal; the most of several."""
    values = [
        (Decimal(str(goal["value"])), goal["currency"])
        for goal in goals
        if (goal["website_id"], goal["name"]) == (event.website_id, name) and reaches(event, goal)
    ]
    return max(values) if values and not event.value else (event.value, event.text("currency"))


def named_goals(event: Event, goals: Sequence[Row]) -> list[str]:
    """Return the names of the goals that the event reaches, each once."""
    reached = {goal["name"] for goal in goals if goal["website_id"] == event.website_id and reaches(event, goal)}
    return sorted(reached)


def reaches(event: Event, goal: Row) -> bool:
    selector = goal["selector"]
    if selector.startswith("event:"):
        return event.kind == "custom" and event.name == selector.removeprefix("event:")
    if not selector.startswith(("/", "http")):  # a click on an element, which comes under the name of the goal
        return event.kind == "custom" and event.name == goal["name"]
    return event.kind == "pageview" and _is_page(event, selector)


def _is_page(event: Event, selector: str) -> bool:
    # Neither glob of fnmatch but * occurs in these selectors; ? begins a query.
    wanted, seen = urlsplit(selector), urlsplit(event.text("url"))
    if wanted.netloc and not fnmatchcase(event.text("host"), wanted.netloc.lower()):
        return False
    if "?" in selector and not ("?" in event.text("url") and fnmatchcase(seen.query, wanted.query)):
        return False
    if "#" in selector and not fnmatchcase(seen.fragment, wanted.fragment):
        return False
    return fnmatchcase(_trimmed(event.path, wanted.path), _trimmed(wanted.path, wanted.path))


def _trimmed(path: str, pattern: str) -> str:
    """Return the path without a slash at its end, unless the pattern leaves its end open."""
    return path if pattern.endswith("*") or path == "/" else path.removesuffix("/")
