"""What a goal counts, as a row of the datasource `goals`: the pipes match its pattern against each event's subject.

A subject is the website's id, and then ` page ` with host, path, query and fragment of a pageview, or ` event ` with
the name of a custom event. What a selector matches is decided here alone; docs/pipes.md, Goals, describes it.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import idna

from pixel.workspaces.kinds import EVENT_PREFIX, GoalKind, kind_of

_URL = re.compile(
    r"(?:https?://(?P<host>[^/?#]*))?(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?", re.DOTALL
)
_PORT = re.compile(r":\d*$")


class Definition(NamedTuple):
    """A row of the datasource `goals`."""

    workspace_id: str
    website_id: str
    goal_id: str
    name: str
    kind: GoalKind
    selector: str
    pattern: str  # empty: nothing in the warehouse is counted
    is_deleted: int
    version: int  # of the rows of one goal the highest is valid


def definition_of(goal: Mapping[str, Any], *, version: int) -> Definition:
    """Return the row of a goal's item, deleted or not."""
    website_id, selector = str(goal["website_id"]), str(goal["selector"])
    return Definition(
        workspace_id=goal["workspace_id"],
        website_id=website_id,
        goal_id=goal["id"],
        name=goal.get("name") or goal["id"],
        kind=kind_of(selector),
        selector=selector,
        pattern=pattern_of(website_id, selector),
        is_deleted=int("deleted_at" in goal),
        version=version,
    )


def pattern_of(website_id: str, selector: str) -> str:
    """Return the regular expression for the subjects of the events that reach the goal, or an empty text."""
    match kind_of(selector):
        case "url":
            return f"^{_literal(f'{website_id} page ')}{_pattern_of_url(selector)}"
        case "event":
            return f"^{_literal(f'{website_id} event {selector.removeprefix(EVENT_PREFIX)}')}$"
        case "css":
            return ""


def _pattern_of_url(selector: str) -> str:
    parts = _URL.fullmatch(selector)
    assert parts is not None  # noqa: S101 - each part may be empty, so every text has this form
    host, path, query, fragment = parts.group("host", "path", "query", "fragment")
    found = "[^/]*" if host is None else _wildcards(_host(host), "[^/]*")
    found += _pattern_of_path(path)
    if query is None and fragment is None:
        return _ended(found, "[^?#]*", "(?:[?#]|$)")
    # A fragment without a query is looked for after any query.
    found += r"(?:\?[^#]*)?" if query is None else _literal("?") + _wildcards(query, "[^#]*")
    if fragment is None:
        return _ended(found, "[^#]*", "(?:#|$)")
    return _ended(found + _literal("#") + _wildcards(fragment, ".*"), ".*", "$")


def _ended(pattern: str, any_text: str, end: str) -> str:
    """Return the pattern with its end, or without the wildcard that it ends with.

    ClickHouse looks for all patterns at once, which takes up to ten times as long if they go on behind what decides.
    """
    return pattern.removesuffix(any_text) if pattern.endswith(any_text) else pattern + end


def _pattern_of_path(path: str) -> str:
    """Return the pattern of a path, which may have a slash at its end or not, unless its end is left open."""
    if path == "/" or path.endswith("*"):
        return _wildcards(path, "[^?#]*")
    return f"{_wildcards(path.rstrip('/'), '[^?#]*')}{_literal('/')}?"


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
