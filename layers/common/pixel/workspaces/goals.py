"""Goals: a name, and a selector for the page, custom event or element that reaches the goal."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import cssselect
from pydantic import BeforeValidator, Field

from pixel.foundation.ids import ID_CHARACTERS_MAX
from pixel.http.decimals import AMOUNT_MAX, read_decimal
from pixel.http.field_checks import invalid
from pixel.workspaces.goal_kind import EVENT_PREFIX, GOAL, kind_of
from pixel.workspaces.models import SELECTOR_CHARACTERS_MAX, UNCHANGED, Name, RecordModel, WebsiteId, text
from pixel.workspaces.rules import Rules, UniqueValue
from pixel.workspaces.websites import Currency

_URL_PATTERN = re.compile(r"(https?://[^\s/?#@]+)?/\S*")
_WILDCARDS_MAX = 5  # ClickHouse compiles all patterns of a website for a report, which takes seconds with more
_QUOTED = re.compile(r"""\\.|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'""")


def checked_selector(value: Any) -> str:
    """Return the validated selector.

    It is a URL pattern, which begins with / or http(s)://, a custom event, which begins with event:, or else CSS.
    """
    selector = text(value).strip()
    if not 1 <= len(selector) <= SELECTOR_CHARACTERS_MAX or not selector.isprintable():
        raise invalid(f"must have 1 to {SELECTOR_CHARACTERS_MAX} printable characters.")
    match kind_of(selector):
        case "url":
            if not _URL_PATTERN.fullmatch(selector):
                raise invalid(
                    "must be, as a URL pattern, a path or an absolute URL without spaces or a user, such as /thanks* "
                    "or https://example.com/cart/*."
                )
            if len(re.findall(r"\*+", selector)) > _WILDCARDS_MAX:
                raise invalid(f"must have at most {_WILDCARDS_MAX} wildcards (*) as a URL pattern.")
        case "event":
            name = selector.removeprefix(EVENT_PREFIX).strip()
            if not 1 <= len(name) <= ID_CHARACTERS_MAX:
                raise invalid(
                    f"must be, for a custom event, event: and its goal_name of 1 to {ID_CHARACTERS_MAX} characters, "
                    "such as event:signup."
                )
            return EVENT_PREFIX + name
        case "css":
            if not _is_css(selector):
                raise invalid(
                    "must be a valid CSS selector, such as '#buy' or 'form.signup button', a URL pattern, which begins "
                    "with / or https://, or a custom event, such as event:signup."
                )
    return selector


def _is_css(selector: str) -> bool:
    if "!=" in _QUOTED.sub("", selector):  # cssselect accepts it, browsers do not
        return False
    try:
        # In :not(), cssselect accepts only one simple selector, browsers accept a list. In :is(), both accept a list.
        cssselect.parse(re.sub(r":not\(", ":is(", selector, flags=re.IGNORECASE))
    except (cssselect.SelectorError, RecursionError):
        return False
    return True


def checked_value(value: Any) -> int | float:
    """Return the validated value of a conversion, as an int if it is whole."""
    number = read_decimal(value)
    if not 0 <= number <= AMOUNT_MAX:
        raise invalid("must be at least 0 and less than 1,000,000,000.")
    return int(number) if number == int(number) else float(number)


Value = Annotated[
    int | float, BeforeValidator(checked_value), Field(json_schema_extra={"minimum": 0, "maximum": float(AMOUNT_MAX)})
]
Selector = Annotated[str, BeforeValidator(checked_selector), Field(min_length=1, max_length=SELECTOR_CHARACTERS_MAX)]


class NewGoal(RecordModel):
    """A goal to be created, optionally with the value of a conversion whose event brings none."""

    website_id: WebsiteId
    name: Name
    selector: Selector
    value: Value | None = UNCHANGED
    currency: Currency | None = UNCHANGED


class GoalChanges(RecordModel):
    """Changes to a goal; null removes the value or its currency."""

    name: Name = UNCHANGED
    selector: Selector = UNCHANGED
    value: Value | None = UNCHANGED
    currency: Currency | None = UNCHANGED


def _unique(goal: Mapping[str, Any]) -> list[UniqueValue]:
    def taken(goal_id: str) -> str:
        return f"This website already has a goal of this name, {goal_id}; change that goal, or choose another name."

    return [UniqueValue(f"GOALNAME#{goal['website_id']}#{goal['name'].casefold()}", taken)]


GOALS = Rules(GOAL, NewGoal, GoalChanges, unique=_unique)
