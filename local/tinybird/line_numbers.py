"""Find the line of a datafile that an error is about, if the error names no line or one of a template."""

import re

_IN_TEMPLATE = (
    re.compile(r"\bat (?P<node>\w+):(?P<line>\d+)\s*$"),
    re.compile(r"node '(?P<node>\w+)'.*line '(?P<line>\d+)' of the SQL", re.DOTALL),
    re.compile(r", line (?P<line>\d+)\s*$"),
)


def find(text: str, pattern: str, occurrence: int = 1) -> int | None:
    """Return the line where the pattern matches for the nth time, or None."""
    found = [number for number, line in enumerate(text.splitlines(), 1) if re.search(pattern, line, re.IGNORECASE)]
    return found[occurrence - 1] if len(found) >= occurrence else None


def of_nodes(text: str) -> list[int]:
    return [number for number, line in enumerate(text.splitlines(), 1) if re.match(r"NODE\b", line, re.IGNORECASE)]


def of_semicolon(text: str, start: int | None) -> int | None:
    lines = text.splitlines()
    return next((n for n in range(start or 1, len(lines) + 1) if lines[n - 1].rstrip().endswith(";")), start)


def of_refusal(text: str, reason: str) -> int | None:
    """Return the line that a message of Tinybird's parser is about."""
    if "Multiple non-standard nodes" in reason:
        return find(text, r"^TYPE\b", 2)
    if "orting key" in reason:
        return find(text, r"^ENGINE_SORTING_KEY\b")
    if "start the query with a %" in reason:
        return find(text, r"\{\{|\{%")
    return _of_template(text, reason) or _of_sql(text, reason)


def _of_template(text: str, reason: str) -> int | None:
    for pattern in _IN_TEMPLATE:
        if found := pattern.search(reason):
            named = found.groupdict().get("node")
            starts = _template_starts(text, rf"NODE\s+[\"']?{named}\b" if named else r"NODE\b")
            return starts[0] + int(found["line"]) - 1 if len(starts) == 1 else None
    return None


def _template_starts(text: str, node: str) -> list[int]:
    """Return the lines of the % that open the templates of such nodes."""
    starts = []
    is_in_node = False
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"NODE\b", line, re.IGNORECASE):
            is_in_node = bool(re.match(node, line, re.IGNORECASE))
        elif is_in_node and line.lstrip().startswith("%"):
            starts.append(number)
            is_in_node = False
    return starts


def _of_sql(text: str, reason: str) -> int | None:
    """Return the line of the SQL that a message ends with."""
    _, found, sql = reason.partition(" error): ")
    lines = (line.strip() for line in sql.splitlines())
    first = next((line for line in lines if len(line) > 3), "")
    return find(text, re.escape(first)) if found and first else None
