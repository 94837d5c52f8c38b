"""Goals: a name, and a selector that says what reaching it is."""

import re
from typing import Annotated, Any

import cssselect
from pydantic import BeforeValidator, Field

from pixel.workspaces.kinds import GOAL
from pixel.workspaces.models import (
    SELECTOR_CHARACTERS_MAX,
    UNCHANGED,
    Name,
    RecordModel,
    Rules,
    WebsiteId,
    invalid,
    text,
)

_URL_PATTERN = re.compile(r"(https?://[^\s/?#@]+)?/\S*")
_QUOTED = re.compile(r"""\\.|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'""")


def checked_selector(value: Any) -> str:
    """Return a URL pattern, which begins with / or http(s):// and may hold * for anything, or a CSS selector."""
    selector = text(value).strip()
    if not 1 <= len(selector) <= SELECTOR_CHARACTERS_MAX or not selector.isprintable():
        raise invalid(f"A selector has 1 to {SELECTOR_CHARACTERS_MAX} printable characters.")
    if selector.startswith(("/", "http://", "https://")):
        if not _URL_PATTERN.fullmatch(selector):
            raise invalid(
                "A URL pattern is a path or a whole address without spaces or a user, with * for anything, such as "
                "/thanks* or https://example.com/cart/*."
            )
    elif not _is_css(selector):
        raise invalid(
            "This is not a valid CSS selector; write one such as '#buy' or 'form.signup button', or a URL pattern, "
            "which begins with / or https://."
        )
    return selector


def _is_css(selector: str) -> bool:
    if "!=" in _QUOTED.sub("", selector):  # cssselect takes it, browsers do not
        return False
    try:
        # cssselect takes one simple selector in :not(), browsers take lists, as both do in :is().
        cssselect.parse(re.sub(r":not\(", ":is(", selector, flags=re.IGNORECASE))
    except (cssselect.SelectorError, RecursionError):
        return False
    return True


Selector = Annotated[str, BeforeValidator(checked_selector), Field(min_length=1, max_length=SELECTOR_CHARACTERS_MAX)]


class NewGoal(RecordModel):
    """A goal to be created."""

    website_id: WebsiteId
    name: Name
    selector: Selector


class GoalChanges(RecordModel):
    """Changes to a goal."""

    name: Name = UNCHANGED
    selector: Selector = UNCHANGED


GOALS = Rules(GOAL, NewGoal, GoalChanges)
