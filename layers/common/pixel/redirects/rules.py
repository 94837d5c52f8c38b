"""The evaluation of a link's rules: the first that matches decides where the visitor is sent.

Everything was checked when a rule was saved: compiled rules are enabled, in order, and have nothing to parse but
networks, which are kept.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final, NamedTuple

from pixel.redirects.facts import Facts
from pixel.redirects.splitting import bucket, chosen_place

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OPPOSITES: Final = {
    "notEquals": "equals",
    "notIn": "in",
    "notContains": "contains",
    "notExists": "exists",
    "notInCidr": "inCidr",
    "notBetween": "between",
}
NO_TIME: Final = -1
"""In place of the position of a condition: the time is outside of the rule's own."""


class Evaluated(NamedTuple):
    """Whether a rule matches, and the position of the condition that decided, or None if all did alike."""

    rule: Mapping[str, Any]
    matched: bool
    decided_by: int | None


class Evaluation(NamedTuple):
    """The rules that were evaluated, of which only the last can match."""

    tried: Sequence[Evaluated] = ()

    @property
    def rule(self) -> Mapping[str, Any] | None:
        """The rule that matched, if one did."""
        return self.tried[-1].rule if self.tried and self.tried[-1].matched else None


def evaluate(link: Mapping[str, Any], facts: Facts, at: float) -> Evaluation:
    """Evaluate a link's rules in their order until one matches."""
    tried: list[Evaluated] = []
    for rule in link.get("rules", ()):
        tried.append(_evaluated(rule, facts, at, link["sticky_secret"]))
        if tried[-1].matched:
            break
    return Evaluation(tried)


def place_of(link: Mapping[str, Any], rule: Mapping[str, Any], facts: Facts, kept: str) -> int:
    """Return which of a rule's destinations the visitor gets, from 1; `kept` is the place that a cookie remembers."""
    destinations = rule["to"]
    if len(destinations) == 1:
        return 1
    if rule.get("by_cookie") and kept in map(str, range(1, len(destinations) + 1)):
        return int(kept)
    return 1 + chosen_place(link["sticky_secret"], rule["id"], facts.basis, destinations)


def asks_for_returning(link: Mapping[str, Any]) -> bool:
    """Return whether a rule of the link tells new visitors from those who return."""
    return any(condition[0] == "visitor" for rule in link.get("rules", ()) for condition in rule["conditions"])


def _evaluated(rule: Mapping[str, Any], facts: Facts, at: float, secret: str) -> Evaluated:
    if not rule.get("starts_at", at) <= at < rule.get("ends_at", at + 1):
        return Evaluated(rule, matched=False, decided_by=NO_TIME)
    is_any = rule["is_any"]
    moment = _Moment(at, rule.get("zone", ""))
    for position, condition in enumerate(rule["conditions"]):
        if _holds(condition, facts, moment, secret, rule["id"]) is is_any:
            return Evaluated(rule, matched=is_any, decided_by=position)
    return Evaluated(rule, matched=not is_any, decided_by=None)


class _Moment:
    """A moment, and what clock and calendar of a time zone then say."""

    def __init__(self, at: float, zone: str) -> None:
        self.at = at
        self._zone = zone

    @property
    def local(self) -> datetime:
        return datetime.fromtimestamp(self.at, _time_zone(self._zone))


def _holds(condition: Sequence[Any], facts: Facts, moment: _Moment, secret: str, rule_id: str) -> bool:
    field, operator, *rest = condition
    value: Any = rest[0] if rest else None
    opposite = _OPPOSITES.get(operator)
    positive = opposite or operator
    match field:
        case "ip":
            holds = facts.address is not None and any(facts.address in _network(one) for one in value)
        case "time":
            local = moment.local
            holds = _is_between(60 * local.hour + local.minute, value)
        case "dayOfWeek":
            holds = _DAYS[moment.local.weekday()] in value
        case "date":
            holds = _COMPARISONS[positive](moment.at, value)
        case "bucket":
            holds = _COMPARISONS[positive](bucket(secret, rule_id, facts.basis), value)
        case _:
            texts = facts.texts(field)
            holds = texts is not None and _TEXTS[positive](texts, value)
    return holds is (opposite is None)


def _is_between(number: float, bounds: Sequence[float]) -> bool:
    """Return whether a number is in a range, which has its start, not its end, and as times may pass midnight."""
    start, end = bounds
    return start <= number < end if start <= end else number >= start or number < end


_COMPARISONS: Final[Mapping[str, Callable[[float, Any], bool]]] = {
    "lt": lambda number, bound: number < bound,
    "gte": lambda number, bound: number >= bound,
    "before": lambda number, bound: number < bound,
    "after": lambda number, bound: number >= bound,
    "between": _is_between,
}
_TEXTS: Final[Mapping[str, Callable[[Sequence[str], Any], bool]]] = {
    "equals": lambda texts, values: any(text in values for text in texts),
    "in": lambda texts, values: any(text in values for text in texts),
    "contains": lambda texts, value: value in texts[0],
    "startsWith": lambda texts, value: texts[0].startswith(value),
    "endsWith": lambda texts, value: texts[0].endswith(value),
    "exists": lambda _texts, _value: True,
}


@lru_cache(maxsize=1024)
def _network(written: str) -> IPv4Network | IPv6Network:
    return ip_network(written)


@lru_cache(maxsize=64)
def _time_zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - only rules with a clock need it, not every start

    return ZoneInfo(name)
