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
    computed = {"time": local.strftime("%H:%M"), "dayOfWeek": local.strftime("%a").lower(), "date": request["at"]}
    if field == "bucket":
        return float(100 * _h(secret, rule["id"], _basis(request)))
    if field.startswith(("utm_", "query.")):
        return request["query"].get(field.removeprefix("query."))
    return computed[field] if field in computed else request[field] or None


def _compare(field: str, operator: str, present: Any, value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    if field == "language":
        return any(f"{present.lower()}-".startswith(f"{one.lower()}-") for one in values)
    if operator == "inCidr":
        return any(ip_address(present) in ip_network(one, strict=False) for one in values)
    if operator in {"before", "after", "lt", "gte"}:
        bound = _epoch(value) if field == "date" else value
        return bool(present < bound) if operator in {"before", "lt"} else bool(present >= bound)
    if operator == "between":
        low, high = map(_epoch, value) if field == "date" else value
        after, before = present >= low, present < high
        return bool(after or before if low > high else after and before)
    text = str(present).lower()
    if operator in {"equals", "in"}:
        return text in [str(one).lower() for one in values]
    return {
        "contains": str(value).lower() in text,
        "startsWith": text.startswith(str(value).lower()),
        "endsWith": text.endswith(str(value).lower()),
    }[operator]


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
