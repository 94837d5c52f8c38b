"""A second evaluation of rules, written from the words of the rules' table alone, on rules as they are sent.

It shares no code with the one that redirects use: it reads what callers write, and knows a request as plain values.
"""

import hashlib
import hmac
import math
from datetime import datetime
from fractions import Fraction
from ipaddress import ip_address, ip_network
from typing import Any
from zoneinfo import ZoneInfo

Request = dict[str, Any]


def first_match(rules: list[dict[str, Any]], request: Request, secret: str) -> tuple[str, int] | None:
    """Return the id of the rule that matches and the place of its destination, or None."""
    for rule in sorted(rules, key=lambda one: (one["priority"], one["created_at"], one["id"])):
        if not rule["enabled"] or not _is_its_time(rule, request["at"]):
            continue
        answers = [_is_true(condition, rule, request, secret) for condition in rule["conditions"]]
        if (any if rule["condition_logic"] == "OR" else all)(answers):
            return rule["id"], _place(rule, request, secret)
    return None


def _is_its_time(rule: dict[str, Any], at: int) -> bool:
    begins, ends = (rule.get(name) and _epoch(rule[name]) for name in ("starts_at", "ends_at"))
    return (begins is None or begins <= at) and (ends is None or at < ends)


def _is_true(condition: dict[str, Any], rule: dict[str, Any], request: Request, secret: str) -> bool:
    field, operator, value = condition["field"], condition["operator"], condition.get("value")
    present = _present(field, rule, request, secret)
    if operator == "exists":
        return present is not None
    if operator == "notExists":
        return present is None
    if present is None:
        return str(operator).startswith("not")
    if operator.startswith("not"):
        positive = operator[3].lower() + operator[4:]
        return not _compare(field, positive, present, value)
    return _compare(field, operator, present, value)


def _present(field: str, rule: dict[str, Any], request: Request, secret: str) -> Any:
    local = datetime.fromtimestamp(request["at"], ZoneInfo(rule["timezone"]))
    match field:
        case "time":
            return local.strftime("%H:%M")
        case "dayOfWeek":
            return local.strftime("%a").lower()
        case "date":
            return request["at"]
        case "bucket":
            return float(100 * _h(secret, rule["id"], _basis(request)))
        case "language" | "ip" | "country" | "continent" | "deviceType" | "os" | "browser" | "referrer":
            return request[field] or None
        case "visitor" | "trigger" | "isBot":
            return request[field]
    return request["query"].get(field.removeprefix("query."))


def _compare(field: str, operator: str, present: Any, value: Any) -> bool:  # noqa: PLR0911 - one for each operator
    if field == "language":
        wanted = value if isinstance(value, list) else [value]
        return any(present.lower() == one.lower() or present.lower().startswith(f"{one.lower()}-") for one in wanted)
    match operator:
        case "equals":
            return _same(present, value)
        case "in":
            return any(_same(present, one) for one in value)
        case "contains":
            return value.lower() in present.lower()
        case "startsWith":
            return bool(present.lower().startswith(value.lower()))
        case "endsWith":
            return bool(present.lower().endswith(value.lower()))
        case "inCidr":
            networks = [ip_network(one, strict=False) for one in (value if isinstance(value, list) else [value])]
            return any(ip_address(present) in one for one in networks)
        case "lt":
            return bool(present < value)
        case "gte":
            return bool(present >= value)
        case "before":
            return bool(present < _epoch(value))
        case "after":
            return bool(present >= _epoch(value))
        case "between":
            low, high = (_epoch(one) if field == "date" else one for one in value)
            if field == "time" and low > high:
                return bool(present >= low or present < high)
            return bool(low <= present < high)
    raise AssertionError(operator)


def _same(present: Any, value: Any) -> bool:
    return str(present).lower() == str(value).lower()


def _place(rule: dict[str, Any], request: Request, secret: str) -> int:
    several = rule.get("destinations")
    if not several:
        return 0
    kept = request["kept"].get(rule["id"], "")
    if rule["sticky"] == "cookie" and kept in [str(place) for place in range(1, len(several) + 1)]:
        return int(kept)
    scores = [one["weight"] / -math.log(_h(secret, rule["id"], one["url"], _basis(request))) for one in several]
    return 1 + max(range(len(several)), key=scores.__getitem__)


def _basis(request: Request) -> str:
    address = ip_address(request["ip"])
    network = ip_network((address, 24 if address.version == 4 else 48), strict=False)
    return "\0".join([str(network), *(request[name] for name in ("deviceType", "os", "browser")), request["language"]])


def _h(secret: str, *parts: str) -> Fraction:
    digest = hmac.new(secret.encode(), "\0".join(parts).encode(), hashlib.sha256).hexdigest()
    return Fraction(int(digest[:16], 16), 2**64)


def _epoch(instant: str) -> int:
    return int(datetime.fromisoformat(instant).timestamp())
