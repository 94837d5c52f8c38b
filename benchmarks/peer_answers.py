"""Compare a peer's answer with our function's; a peer that answers anything else is not measured."""

import json
from typing import Any

_OWED_HEADERS = {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"}


def difference(ours: bytes, peers: bytes) -> str | None:
    """Return what differs, or None; of ids, tokens and times only the type counts."""
    mine, other = json.loads(ours), json.loads(peers)
    if "policyDocument" in mine:
        return _difference_of_policies(mine, other)
    if mine["statusCode"] != other["statusCode"]:
        return f"status {other['statusCode']}, not {mine['statusCode']}"
    if (address := _header(mine, "location")) is not None:
        return None if _header(other, "location") == address else "another address"
    wanted, found = (_form(json.loads(one["body"])) for one in (mine, other))
    if wanted != found:
        return f"body {found}, not {wanted}"
    missing = _OWED_HEADERS - _header_names(other)
    return f"without {', '.join(sorted(missing))}" if missing else None


def _difference_of_policies(mine: dict[str, Any], other: dict[str, Any]) -> str | None:
    """Compare what API Gateway acts on. A policy may name its resources in more than one way."""
    for part in ("principalId", "context", "usageIdentifierKey"):
        if _form(mine.get(part)) != _form(other.get(part)):
            return f"{part} {_form(other.get(part))}, not {_form(mine.get(part))}"
    wanted, found = ({one["Effect"] for one in policy["policyDocument"]["Statement"]} for policy in (mine, other))
    return None if wanted == found else f"effect {found}, not {wanted}"


def _form(value: Any) -> Any:
    match value:
        case dict():
            return {name: _form(one) for name, one in value.items()}
        case list():
            return [_form(one) for one in value]
        case _:
            return type(value).__name__


def _header_names(answer: dict[str, Any]) -> set[str]:
    return {name.lower() for kind in ("headers", "multiValueHeaders") for name in answer.get(kind) or {}}


def _header(answer: dict[str, Any], name: str) -> str | None:
    """Return the last value of a header, whichever way the answer gives it."""
    given = {
        key.lower(): value
        for kind in ("headers", "multiValueHeaders")
        for key, value in (answer.get(kind) or {}).items()
    }
    value = given.get(name)
    return value[-1] if isinstance(value, list) else value
