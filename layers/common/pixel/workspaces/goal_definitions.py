"""What a goal counts, as a row of the datasource `goals`: the pipes compare its pattern with the texts of each event.

The texts of a pageview are its path, and its path behind its host; if its address has a query or a fragment, these
again with each of them and with both, behind `?`, `#` or `?#`, which say what a text ends with. A path that ends with a
slash is there without it too. The text of a custom event is `event:` and its name. Most patterns are a text, which
ClickHouse finds by its hash. Only those with wildcards are regular expressions, which begin with `^`. ClickHouse
compiles all of a report's at once, in a quarter of the time if `.*` stands between their texts and not a class of
characters: hence the forms of texts. What a selector matches is decided here alone; docs/pipes.md, Goals, describes it.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import idna

from pixel.workspaces.goal_kind import EVENT_PREFIX, GoalKind, kind_of

_URL = re.compile(
    r"(?:https?://(?P<host>[^/?#]*))?(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?", re.DOTALL
)
_PORT = re.compile(r":\d*$")
_ANY = ".*"


class Definition(NamedTuple):
    """A row of the datasource `goals`."""

    workspace_id: str
    website_id: str
    goal_id: str
    name: str
    kind: GoalKind
    selector: str
    pattern: str
    is_deleted: int
    version: int  # of the rows of one goal the highest is valid
    value: int | float  # of a conversion whose event brings none
    currency: str  # empty: the one that a report is in


def definition_of(goal: Mapping[str, Any], *, version: int) -> Definition:
    """Return the row of a goal's item, deleted or not."""
    selector = str(goal["selector"])
    return Definition(
        workspace_id=goal["workspace_id"],
        website_id=goal["website_id"],
        goal_id=goal["id"],
        name=goal.get("name") or goal["id"],
        kind=kind_of(selector),
        selector=selector,
        pattern=pattern_of(selector, goal.get("name") or goal["id"]),
        is_deleted=int("deleted_at" in goal),
        version=version,
        value=goal.get("value") or 0,
        currency=goal.get("currency") or "",
    )


def pattern_of(selector: str, name: str) -> str:
    """Return the text of the events that reach the goal, or a regular expression for it.

    An element that a CSS selector finds is clicked in a browser, whose pixel sends a custom event of the goal's name.
    """
    match kind_of(selector):
        case "url":
            return _pattern_of_url(selector)
        case "event":
            return selector
        case "css":
            return EVENT_PREFIX + name


def _pattern_of_url(selector: str) -> str:
    parts = _URL.fullmatch(selector)
    assert parts is not None  # noqa: S101 - each part may be empty, so every text has this form
    host, path, query, fragment = parts.group("host", "path", "query", "fragment")
    form = ("" if query is None else "?") + ("" if fragment is None else "#")
    place = "" if host is None else _host(host)
    if "*" not in selector:
        page = place + (path.rstrip("/") or "/")
        return form + page + ("" if query is None else f"?{query}") + ("" if fragment is None else f"#{fragment}")
    found = f"^{_literal(form)}{_wildcards(place, '[^/]*')}{_pattern_of_path(path, '[^?#]*' if form else _ANY)}"
    if query is not None:
        found += _literal("?") + _wildcards(query, _ANY if fragment is None else "[^#]*")
    if fragment is not None:
        found += _literal("#") + _wildcards(fragment, _ANY)
    return found.removesuffix(_ANY) if found.endswith(_ANY) else f"{found}$"


def _pattern_of_path(path: str, any_text: str) -> str:
    """Return the pattern of a path, which may have a slash at its end or not, unless its end is left open."""
    if path == "/" or path.endswith("*"):
        return _wildcards(path, any_text)
    return f"{_wildcards(path.rstrip('/'), any_text)}{_literal('/')}?"


def _host(host: str) -> str:
    """Return the host as events have it: in lower case and punycode, without a port."""
    name = _PORT.sub("", host.lower()).rstrip(".")
    return ".".join(label if label.isascii() else _punycode(label) for label in name.split("."))


def _punycode(label: str) -> str:
    try:
        return idna.encode(label, uts46=True).decode()
    except UnicodeError:
        return label


def _wildcards(text: str, any_text: str) -> str:
    return any_text.join(map(_literal, re.split(r"\*+", text)))


def _literal(text: str) -> str:
    r"""Return the text with special characters as \xNN, which all dialects of regular expressions read alike."""
    return "".join(char if char.isalnum() or not char.isascii() else f"\\x{ord(char):02x}" for char in text)
