"""Bodies that no script sends: of all types, of wrong forms, and with what another website's would have."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

_WORDS = (
    *("", " ", "x", "pageview", "custom", "payment", "engagement", "identify", "admx_1", "admx_2", "ws_2", "null"),
    *("https://shop.example.com/", "http://[", "/p", "//", "javascript:alert(1)", "😀", "\ud800", "\x00", "\u2028"),
    *("2026-03-04T05:06:07Z", "9" * 400, "<script>", "' OR 1=1 --", "{{ String(workspace_id) }}", "a" * 5000),
)
_NUMBERS = (0, 1, -1, 2**31, 2**63, 10**300, -(10**40), 0.1, 1e308, 1_772_600_770_000, True, False)
_FIELDS = (
    *("name", "event_id", "timestamp", "url", "path", "referrer", "title", "language", "screen", "properties"),
    *("visitor_id", "website_id", "workspace_id", "user_agent", "country", "goal_name", "value", "currency", "amount"),
    *(
        "visible_ms",
        "scroll_pct",
        "external_id",
        "traits",
        "session_id",
        "transaction_id",
        "refund",
        "email",
        "__proto__",
    ),
)
_EVENTS: tuple[dict[str, Any], ...] = (
    {"name": "pageview", "url": "https://shop.example.com/a"},
    {"name": "custom", "goal_name": "g"},
    {"name": "payment", "amount": 1, "currency": "EUR"},
    {"name": "engagement", "path": "/a", "visible_ms": 1},
    {"name": "identify", "external_id": "7"},
)


def forged_bodies(seed: int, keys: tuple[str, ...]) -> Iterator[str]:
    """Yield bodies without end; some have a key of the keys."""
    dice = Random(seed)
    while True:
        key = dice.choice(keys) if dice.random() < 0.85 else dice.choice(_WORDS)
        body: dict[str, Any] = {"k": key, "e": [_event(dice) for _ in range(dice.choice((1, 1, 2, 5)))]}
        match dice.randrange(12):
            case 0:
                body[dice.choice(("e", "k", "w", "z"))] = _value(dice, 2)
            case 1:
                del body[dice.choice(("e", "k"))]
            case 2:
                body["e"] = [_event(dice) for _ in range(dice.choice((19, 20, 21, 40)))]
        text = json.dumps(body)
        if dice.random() < 0.05:
            place = dice.randrange(len(text))
            text = text[:place] + dice.choice(('"', "}", "\\u0000", "\x00", ",", "NaN", "[[[[")) + text[place:]
        yield text if dice.random() > 0.02 else dice.choice(("", "[]", "null", '"x"', "[" * 3000, "{" * 3000, "1e999"))


def _event(dice: Random) -> Any:
    if dice.random() < 0.05:
        return _value(dice, 2)
    event = dict(dice.choice(_EVENTS))
    for _ in range(dice.choice((0, 0, 1, 2, 4))):
        event[dice.choice(_FIELDS)] = _value(dice, 2)
    return event


def _value(dice: Random, depth: int) -> Any:
    match dice.randrange(8 if depth else 4):
        case 0 | 1:
            return dice.choice(_WORDS)
        case 2:
            return dice.choice(_NUMBERS)
        case 3:
            return None
        case 4 | 5:
            return [_value(dice, depth - 1) for _ in range(dice.randrange(4))]
        case _:
            return {dice.choice((*_FIELDS, *_WORDS[:12])): _value(dice, depth - 1) for _ in range(dice.randrange(4))}
