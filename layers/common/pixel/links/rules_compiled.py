"""What a rule must be as a whole, and its compiled form, which a redirect evaluates with nothing to parse."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from pixel.aws.attributes import Item
from pixel.foundation.clock import from_iso
from pixel.foundation.errors import FieldErrors
from pixel.links.destinations import leads_to
from pixel.workspaces.models import InvalidFieldsError

_DESTINATIONS: Final = ("destination_url", "destinations")
_OF_THE_CLOCK: Final = frozenset({"time", "dayOfWeek"})


def with_rule_changes(rule: Mapping[str, Any], changes: Mapping[str, Any], own_hosts: Collection[str]) -> Item:
    """Return a rule with changes, in which None removes a field. Raises InvalidFieldsError if it cannot be so.

    One kind of destination takes the place of the other.
    """
    faults = FieldErrors()
    sent = [name for name in _DESTINATIONS if changes.get(name) is not None]
    merged = {name: value for name, value in rule.items() if len(sent) != 1 or name not in _DESTINATIONS}
    merged = {name: value for name, value in {**merged, **changes}.items() if value is not None}
    if len(sent) == len(_DESTINATIONS):
        faults.add("destinations", "invalid", "`destinations` must not be sent together with `destination_url`.")
    elif not any(name in merged for name in _DESTINATIONS):
        faults.add("destination_url", "missing", "`destination_url` is required, or `destinations`.")
    for path, address in addresses_of(changes).items():
        if leads_to(address, own_hosts):
            faults.add(path, "loop", f"`{path}` must not lead to a domain of short links.")
    if "starts_at" in merged and merged.get("ends_at", "9") <= merged["starts_at"]:
        faults.add("ends_at", "invalid", "`ends_at` must be later than `starts_at`.")
    if faults.found:
        raise InvalidFieldsError(faults)
    return merged


def addresses_of(rule: Mapping[str, Any]) -> dict[str, str]:
    """Return the destinations of a rule, by the paths of their fields."""
    found = {"destination_url": rule["destination_url"]} if rule.get("destination_url") else {}
    several = rule.get("destinations") or ()
    return found | {f"destinations.{place}.url": one["url"] for place, one in enumerate(several)}


def compiled_rules(rules: Iterable[Mapping[str, Any]]) -> list[Item]:
    """Return the enabled rules in the order in which they are evaluated."""
    ordered = sorted(rules, key=lambda rule: (rule["priority"], rule["created_at"], rule["id"]))
    return [_compiled(rule) for rule in ordered if rule["enabled"]]


def _compiled(rule: Mapping[str, Any]) -> Item:
    several = rule.get("destinations") or [{"url": rule["destination_url"], "weight": 1}]
    item: Item = {
        "id": rule["id"],
        "is_any": rule["condition_logic"] == "OR",
        "conditions": [_condition(condition) for condition in rule["conditions"]],
        "to": [[one["url"], one["weight"]] for one in several],
    }
    if any(condition["field"] in _OF_THE_CLOCK for condition in rule["conditions"]):
        item["zone"] = rule["timezone"]
    if rule["sticky"] == "cookie" and len(several) > 1:
        item["by_cookie"] = True
    for name in ("starts_at", "ends_at"):
        if name in rule:
            item[name] = _seconds(rule[name])
    return item


def _condition(condition: Mapping[str, Any]) -> list[Any]:
    field, operator, value = condition["field"], condition["operator"], condition.get("value")
    if value is None:
        return [field, operator]
    if operator in {"equals", "notEquals"}:
        value = [value]
    elif field == "time":
        value = [_minutes(one) for one in value]
    elif field == "date":
        value = [_seconds(one) for one in value] if isinstance(value, list) else _seconds(value)
    return [field, operator, value]


def _minutes(time: str) -> int:
    hours, _, minutes = time.partition(":")
    return 60 * int(hours) + int(minutes)


def _seconds(instant: str) -> int:
    return int(from_iso(instant).timestamp())
