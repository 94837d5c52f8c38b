"""The report on the rules of a link: the clicks of each destination of each rule, and those of no rule."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

Place = tuple[str, int]
"""A rule, or an empty text for none, and the place of its destination from 1, or 0 if it has only one."""

_NONE: Final[Place] = ("", 0)


def rule_report(rows: Iterable[Mapping[str, Any]], rules: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a row for each destination that has clicks or a rule of now, most clicks first, and one for no rule.

    A destination of a rule that was deleted, or that had more of them, has neither a name nor an address.
    """
    counted = {(row["rule_id"], row["variant"]): row for row in rows}
    known = {place: (rule["name"], url) for rule in rules for place, url in _destinations(rule)}
    found = [_row(place, counted.get(place), known.get(place)) for place in {_NONE, *counted, *known}]
    return sorted(found, key=lambda row: (-row["clicks"], row["ruleId"] or "", row["variant"]))


def _destinations(rule: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    several = rule.get("destinations") or []
    for number, one in enumerate(several, start=1):
        yield (rule["id"], number), one["url"]
    if not several:
        yield (rule["id"], 0), rule["destination_url"]


def _row(place: Place, counted: Mapping[str, Any] | None, known: tuple[str, str] | None) -> dict[str, Any]:
    rule_id, variant = place
    name, url = known or (None, None)
    return {
        "ruleId": rule_id or None,
        "name": name,
        "variant": variant,
        "destinationUrl": url,
        "destinationHost": counted["destination_host"] if counted else "",
        "clicks": counted["clicks"] if counted else 0,
        "uniqueClicks": counted["unique"] if counted else 0,
    }
