"""Bodies of one event that cannot be used, each with the fields that are named for it: path -> code."""

from typing import Any, NamedTuple


class Wrong(NamedTuple):
    body: str | dict[str, Any]
    faults: dict[str, str]


_PAGEVIEW: dict[str, Any] = {"website_id": "admx_1", "name": "pageview", "path": "/"}
_CUSTOM: dict[str, Any] = {"website_id": "admx_1", "name": "custom", "goal_name": "signup"}
_PAYMENT: dict[str, Any] = {"website_id": "admx_1", "name": "payment", "amount": 9.5, "currency": "USD"}
_LONG = "x" * 5000


def _with(base: dict[str, Any], code: str, **changed: Any) -> Wrong:
    return Wrong({**base, **changed}, dict.fromkeys(changed, code))


def _without(base: dict[str, Any], name: str) -> Wrong:
    return Wrong({key: value for key, value in base.items() if key != name}, {name: "missing"})


_NO_SITE = {"website_id": "missing"}
_NOT_JSON = [
    *[
        "",
        " ",
        "{",
        "}",
        "{]",
        "nul",
        "True",
        "'a'",
        "{'a': 1}",
        '{"a": 1,}',
        '{"a" 1}',
        "{a: 1}",
        '{"a": 01}',
        '{"a": +1}',
    ],
    *[
        '{"a": .5}',
        '{"a": 1.}',
        '{"a": 0x1}',
        '{"a": "\t"}',
        '{"a": "\\x"}',
        '{"a": "\\ud83"}',
        '{"a": 1} {"b": 2}',
        "\ufeff\ufeff{}",
    ],
    *[
        "undefined",
        '{"a": "b',
        "[1, 2",
        "// {}",
        "{} //",
        '{"a": 1e}',
        "-",
        "--1",
        '"',
        '{"a":}',
        "{,}",
        "[,]",
        '{"a"}',
    ],
]
_AMBIGUOUS = [
    '{"website_id": "admx_1", "website_id": "admx_2", "name": "pageview", "path": "/"}',
    '{"website_id": "admx_1", "name": "pageview", "path": "/", "properties": {"a": 1, "a": 2}}',
    '{"website_id": "admx_1", "name": "custom", "goal_name": "g", "value": NaN}',
    '{"website_id": "admx_1", "name": "custom", "goal_name": "g", "value": Infinity}',
    '{"website_id": "admx_1", "name": "custom", "goal_name": "g", "value": -Infinity}',
    '{"website_id": "admx_1", "name": "pageview", "path": "/", "properties": {"a": NaN}}',
]
_DEEP = ["[" * 10_000 + "]" * 10_000, '{"a":' * 10_000 + "1" + "}" * 10_000, "[" * 100_000]
_NO_OBJECT = ["null", "true", "1", "1.5", '"text"', "[]", "[{}]", '[{"name": "pageview"}]']

_ANY_TEXT: list[Any] = [7, 1.5, True, [], {}, ["a"], {"a": "b"}]
_NO_TEXT: list[Any] = [None, 1, True, [], {}]
_NO_NUMBER: list[Any] = [True, [], {}]
_TEXTS = [
    "session_id",
    "path",
    "referrer",
    "title",
    "user_agent",
    "language",
    "region",
    "city",
    "browser",
    "os",
]
_UTM = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"]
# What Python's own numbers accept as text, or what other languages write.
_NOT_ASCII_NUMBERS = [
    *[
        "NaN",
        "sNaN",
        "Infinity",
        "-Infinity",
        "1_000",
        "1,000",
        "0x10",
        "0b1",
        "1e",
        "e3",
        ".",
        "+",
        "1 000",
        "1e99999",
    ],
    *[
        "\uff11\uff12",
        "\u0661\u0662",
        "\u0967",
        "1\u0660",
        "\u00b2",
        "\u2460",
        "\u221212",
        "1\u00a0",
        "1\x00",
        "1.\ud800",
    ],
]
_UNPRINTABLE = ["a\x00b", "\x00", "a\x1fb", "a\x7f", "\ud800", "a\udfff"]

WRONG: list[Wrong] = [
    *[Wrong(body, {"body": "invalid"}) for body in [*_NOT_JSON, *_AMBIGUOUS, *_DEEP]],
    *[Wrong(body, {"body": "wrong_type"}) for body in _NO_OBJECT],
    # the name
    _without(_PAGEVIEW, "name"),
    *[_with(_PAGEVIEW, "invalid", name=name) for name in ["", "Pageview", "click", "pageview ", "payments"]],
    *[_with(_PAGEVIEW, "invalid", name=name) for name in _NO_TEXT],
    # the website
    _without(_PAGEVIEW, "website_id"),
    *[_with(_PAGEVIEW, "wrong_type", website_id=value) for value in [*_ANY_TEXT, None]],
    *[
        _with(_PAGEVIEW, "invalid", website_id=value)
        for value in ["", " ", "a b", "a/b", "a'b", "a\x00", "ü", "x" * 129, "a\n"]
    ],
    # ids
    *[_with(_PAGEVIEW, "wrong_type", event_id=value) for value in _ANY_TEXT],
    *[
        _with(_PAGEVIEW, "invalid", event_id=value)
        for value in ["", " a", "a b", "a/b", "ü", "a\n", "x" * 129, "a#b", "a\x00"]
    ],
    *[_with(_PAGEVIEW, "wrong_type", visitor_id=value) for value in _ANY_TEXT],
    *[_with(_PAGEVIEW, "invalid", visitor_id=value) for value in ["", "  ", "a\nb", "\u202e", "\u200b", *_UNPRINTABLE]],
    _with(_PAGEVIEW, "too_long", visitor_id="v" * 129),
    _with(_PAGEVIEW, "too_long", session_id="s" * 129),
    # time
    *[_with(_PAGEVIEW, "wrong_type", timestamp=value) for value in [1.5, True, [], {}]],
    *[
        _with(_PAGEVIEW, "invalid", timestamp=value)
        for value in [
            *[
                "",
                "now",
                "2026-03-04",
                "2026-03-04T05:06:10",
                "2026-03-04 05:06:10Z",
                "2026-02-30T00:00:00Z",
                "1772600770000",
            ],
            *["2026-03-04T25:00:00Z", "2026-03-04T05:06:10+99:00", "20260304T050610Z", "2026-W10-3T00:00:00Z"],
            *["2026-03-04T06:07:11Z", "2020-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"],
            *[0, -1, 1772600770, 10**15, -(10**20), 10**30],
        ]
    ],
    # texts
    *[_with(_PAGEVIEW, "wrong_type", **{name: 7}) for name in [*_TEXTS, *_UTM] if name != "path"],
    *[_with(_PAGEVIEW, "too_long", **{name: _LONG}) for name in [*_TEXTS, *_UTM] if name != "session_id"],
    *[_with(_PAGEVIEW, "invalid", **{name: "a\x00b"}) for name in [*_TEXTS, *_UTM]],
    *[_with(_PAGEVIEW, "invalid", title=value) for value in _UNPRINTABLE],
    # addresses and places
    *[
        _with(_PAGEVIEW, "invalid", url=value)
        for value in ["", "/a", "a.com", "ftp://a.com", "http://", "https:///a", "javascript:1"]
    ],
    *[_with(_PAGEVIEW, "invalid", url=value) for value in ["https://a.com/ b", "https://a b.com", "mailto:a@b.c"]],
    *[_with(_PAGEVIEW, "invalid", country=value) for value in ["", "D", "DEU", "ZZ", "49", "Germany", "d e"]],
    _with(_PAGEVIEW, "wrong_type", country=49),
    *[
        _with(_PAGEVIEW, "invalid", screen=value)
        for value in ["", "1920", "1920x", "x1080", "0x0", "1920*1080", "1920x1080x3"]
    ],
    # properties
    *[_with(_PAGEVIEW, "wrong_type", properties=value) for value in [[], "a", 1, True]],
    *[
        _with(_PAGEVIEW, "invalid", properties=value)
        for value in [
            *[{"a": {}}, {"a": []}, {"a": {"b": 1}}, {"a": [1]}, {"": 1}, {"x" * 65: 1}, {"a\x00": 1}, {"a": "\x00"}],
            *[{"a": "\ud800"}, {"a": "x" * 1025}, {"a": 2**63}, {"a": -(2**64)}, {"\udfff": 1}],
        ]
    ],
    _with(_PAGEVIEW, "too_long", properties={f"k{number}": 1 for number in range(51)}),
    # what is not there
    *[
        _with(_PAGEVIEW, "unknown", **{name: 1})
        for name in ["workspace_id", "received_at", "is_bot", "event", "Path", "__proto__"]
    ],
    *[
        _with(_PAGEVIEW, "unknown", **{name: 1})
        for name in ["amount", "currency", "goal_name", "value", "refund", "email"]
    ],
    *[_with(_CUSTOM, "unknown", **{name: 1}) for name in ["amount", "refund", "transaction_id", "quantity"]],
    *[_with(_PAYMENT, "unknown", **{name: 1}) for name in ["goal_name", "value"]],
    # a pageview
    Wrong({"website_id": "admx_1", "name": "pageview"}, {"path": "missing"}),
    Wrong({"website_id": "admx_1", "name": "pageview", "path": "", "url": None}, {"path": "missing"}),
    # a goal
    _without(_CUSTOM, "goal_name"),
    *[_with(_CUSTOM, "invalid", goal_name=value) for value in ["", " ", "a\x00"]],
    *[_with(_CUSTOM, "wrong_type", goal_name=value) for value in [None, *_ANY_TEXT]],
    *[_with(_CUSTOM, "wrong_type", value=value) for value in [True, [], {}]],
    *[
        _with(_CUSTOM, "invalid", value=value)
        for value in ["", "ten", "1,5", "1e999", "nan", "inf", 1e300, 10**12, 1.23456, *_NOT_ASCII_NUMBERS]
    ],
    # a payment
    _without(_PAYMENT, "amount"),
    _without(_PAYMENT, "currency"),
    *[
        _with(_PAYMENT, "invalid", amount=value)
        for value in [0, -1, 0.00001, "0", "-5", 10**9, "", "9,5", "9.5 USD", *_NOT_ASCII_NUMBERS]
    ],
    *[_with(_PAYMENT, "wrong_type", amount=value) for value in [*_NO_NUMBER, None]],
    *[_with(_PAYMENT, "invalid", currency=value) for value in ["", "US", "DOLLAR", "$", "XXX", "ABC"]],
    *[_with(_PAYMENT, "wrong_type", currency=value) for value in _NO_TEXT],
    *[_with(_PAYMENT, "wrong_type", refund=value) for value in ["true", 1, 0, [], None]],
    *[_with(_PAYMENT, "wrong_type", quantity=value) for value in ["1", " 5 ", "1_000", 1.5, True, None, []]],
    *[_with(_PAYMENT, "invalid", quantity=value) for value in [0, -1, 1_000_001]],
    *[_with(_PAYMENT, "invalid", email=value) for value in ["", "jane", "@", "a b@c.d", "a@b@c", "\ud800@c.d"]],
    _with(_PAYMENT, "too_long", transaction_id="t" * 129),
    _with(_PAYMENT, "invalid", refund_id="r"),
    Wrong({**_PAYMENT, "refund": True, "refund_id": "r"}, {"refund_id": "invalid"}),
    Wrong({**_PAYMENT, "refund": True, "refund_id": "r", "transaction_id": ""}, {"transaction_id": "invalid"}),
    Wrong({**_PAGEVIEW, "": 1}, {"body": "unknown"}),
    Wrong({**_PAGEVIEW, "\ud800": 1}, {"body": "invalid"}),
    Wrong(
        {**_PAGEVIEW, "\ud800": 1, "a\udfff": 2, "title": 7, "x": 1},
        {"body": "invalid", "title": "wrong_type", "x": "unknown"},
    ),
    Wrong(
        {"\ud800": 1, "name": "\ud800", "title": 7},
        {**_NO_SITE, "name": "invalid", "body": "invalid", "title": "wrong_type"},
    ),
    Wrong({"name": "pageview", "\ud800": 1}, {**_NO_SITE, "body": "invalid", "path": "missing"}),
    # several at once
    Wrong(
        {"name": "payment", "amount": -1, "currency": "?", "email": "x", "extra": 1, "timestamp": "now"},
        {
            "website_id": "missing",
            "amount": "invalid",
            "currency": "invalid",
            "email": "invalid",
            "extra": "unknown",
            "timestamp": "invalid",
        },
    ),
]
