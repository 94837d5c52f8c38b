"""Whether a peer answers as our function does: one that answers something else, or less, is not measured."""

import json
from typing import Any

_OWED_HEADERS = {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"}


def difference(ours: bytes, peers: bytes) -> str | None:
    """In words; ids, tokens and times differ from answer to answer, so of values the kinds are compared."""
    mine, other = json.loads(ours), json.loads(peers)
    if mine["statusCode"] != other["statusCode"]:
        return f"status {other['statusCode']}, not {mine['statusCode']}"
    wanted, found = (_form(json.loads(one["body"])) for one in (mine, other))
    if wanted != found:
        return f"body {found}, not {wanted}"
    missing = _OWED_HEADERS - _header_names(other)
    return f"without {', '.join(sorted(missing))}" if missing else None


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
