"""Wrong requests to Infinity Metrics, each with the faults that its answer names: path, code and sentence."""

from typing import Any, NamedTuple

OK = {"event_name": "signup"}
PAID = {"price": 2999}
_TEXT = "must be text."
_CONTROL = "must not contain control characters."
_MOMENT = "`timestamp` must be ISO 8601, such as 2026-04-01T09:30:00Z; without a time zone it is in UTC."
_NAME = ("event_name", "missing", "Event name is required")
_PRICE = "`price` must be a whole number of minor units, at least 1, such as 2999 for 29.99 USD."
_ID = "must be 1 to 128 characters of A-Z a-z 0-9 . _ : -."
_SCALAR = "`metadata` must have values that are text of at most 1,024 characters, numbers, true, false or null."
_NAMES = "`metadata` must have names of 1 to 64 characters, none a control character."
_METRIC = "`metrics` must be page_views, unique_visitors or events, or several with commas between them"
_DATE = "must be YYYY-MM-DD, or an ISO 8601 instant, from 1970 to 2105."
_ZONE = "`timezone` must be a name in the IANA time zone database, such as Europe/Berlin."
_JSON = "The body must be valid JSON."
_OBJECT = "The body must be a JSON object."


class Wrong(NamedTuple):
    """A request: a body as it is sent or as JSON, or parameters of analytics."""

    given: Any
    faults: list[tuple[str, str, str]]


def _of(given: Any, *faults: tuple[str, str, str]) -> Wrong:
    return Wrong(given, list(faults))


EVENTS = (
    _of("", ("body", "invalid", _JSON)),
    _of("{", ("body", "invalid", _JSON)),
    _of('{"event_name": "a"} x', ("body", "invalid", _JSON)),
    _of('{"event_name": "a", "event_name": "b"}', ("body", "invalid", "An object must not repeat a name.")),
    _of(
        '{"event_name": "a", "metadata": {"n": NaN}}',
        ("body", "invalid", "NaN and Infinity are not valid JSON; send a number or null."),
    ),
    _of([], ("body", "wrong_type", _OBJECT)),
    _of("null", ("body", "wrong_type", _OBJECT)),
    _of('"signup"', ("body", "wrong_type", _OBJECT)),
    _of({}, _NAME),
    _of({"event_name": None}, _NAME),
    _of({"event_name": ""}, _NAME),
    _of({"event_name": " \t "}, _NAME),
    _of({"event_name": 5}, _NAME),
    _of({"event_name": ["signup"]}, _NAME),
    _of({"event_name": "x" * 129}, ("event_name", "too_long", "`event_name` must have at most 128 characters.")),
    _of({"event_name": "a\x00b"}, ("event_name", "invalid", f"`event_name` {_CONTROL}")),
    _of({"event_name": "\u202eab"}, ("event_name", "invalid", "`event_name` must consist of printable characters.")),
    _of(
        {"event_name": "signup", "website_id": "admx_other"},
        ("website_id", "unknown", "`website_id` is not a field of this event; remove it."),
    ),
    _of(
        {"eventname": "signup"},
        _NAME,
        ("eventname", "unknown", "`eventname` is not a field of this event; did you mean `event_name`?"),
    ),
    _of({**OK, "price": 1}, ("price", "unknown", "`price` is not a field of this event; remove it.")),
    _of({**OK, "": 1}, ("body", "unknown", "Every field must have a name.")),
    _of({**OK, "metadata": "x"}, ("metadata", "wrong_type", "`metadata` must be an object of names and values.")),
    _of({**OK, "metadata": []}, ("metadata", "wrong_type", "`metadata` must be an object of names and values.")),
    _of({**OK, "metadata": {"a": {"b": 1}}}, ("metadata", "invalid", _SCALAR)),
    _of({**OK, "metadata": {"a": [1]}}, ("metadata", "invalid", _SCALAR)),
    _of({**OK, "metadata": {"a": "x" * 1025}}, ("metadata", "invalid", _SCALAR)),
    _of({**OK, "metadata": {"a": 2**63}}, ("metadata", "invalid", _SCALAR)),
    _of({**OK, "metadata": {"": 1}}, ("metadata", "invalid", _NAMES)),
    _of({**OK, "metadata": {"n" * 65: 1}}, ("metadata", "invalid", _NAMES)),
    _of(
        {**OK, "metadata": {str(number): 1 for number in range(51)}},
        ("metadata", "too_long", "`metadata` must have at most 50 names."),
    ),
    _of({**OK, "visitor_id": 7}, ("visitor_id", "wrong_type", f"`visitor_id` {_TEXT}")),
    _of({**OK, "visitor_id": "  "}, ("visitor_id", "invalid", "`visitor_id` must not be empty.")),
    _of({**OK, "visitor_id": "v" * 129}, ("visitor_id", "too_long", "`visitor_id` must have at most 128 characters.")),
    _of({**OK, "visitor_id": "a\nb"}, ("visitor_id", "invalid", f"`visitor_id` {_CONTROL}")),
    _of({**OK, "timestamp": "yesterday"}, ("timestamp", "invalid", _MOMENT)),
    _of({**OK, "timestamp": "2026-03-01"}, ("timestamp", "invalid", _MOMENT)),
    _of({**OK, "timestamp": "2026-13-01T00:00:00Z"}, ("timestamp", "invalid", _MOMENT)),
    _of({**OK, "timestamp": 1772600770123}, ("timestamp", "wrong_type", _MOMENT)),
    _of(
        {**OK, "timestamp": "2026-03-04T06:06:11Z"},
        ("timestamp", "invalid", "`timestamp` must be at most one hour in the future."),
    ),
    _of(
        {**OK, "timestamp": "2021-01-01T00:00:00"},
        ("timestamp", "invalid", "`timestamp` must not be more than five years ago."),
    ),
    _of({**OK, "event_id": "a b"}, ("event_id", "invalid", f"`event_id` {_ID}")),
    _of({**OK, "event_id": 5}, ("event_id", "wrong_type", f"`event_id` {_TEXT}")),
    _of(
        {"event_name": "page_view", "metadata": {"url": "ftp://example.com"}},
        ("metadata.url", "invalid", "`metadata.url` must be an absolute URL that begins with http:// or https://."),
    ),
    _of(
        {"event_name": "pageview", "metadata": {"path": 5, "title": "x" * 513}},
        ("metadata.path", "wrong_type", f"`metadata.path` {_TEXT}"),
        ("metadata.title", "too_long", "`metadata.title` must have at most 512 characters."),
    ),
    _of(
        {"event_name": "pageview", "visitor_id": "", "metadata": {"path": "/", "user_agent": 1, "more": []}},
        ("metadata", "invalid", _SCALAR),
        ("visitor_id", "invalid", "`visitor_id` must not be empty."),
        ("metadata.user_agent", "wrong_type", f"`metadata.user_agent` {_TEXT}"),
    ),
    _of(
        {"metadata": 1, "visitor_id": 1, "timestamp": 1, "event_id": 1, "color": 1},
        _NAME,
        ("metadata", "wrong_type", "`metadata` must be an object of names and values."),
        ("visitor_id", "wrong_type", f"`visitor_id` {_TEXT}"),
        ("timestamp", "wrong_type", _MOMENT),
        ("event_id", "wrong_type", f"`event_id` {_TEXT}"),
        ("color", "unknown", "`color` is not a field of this event; remove it."),
    ),
)
PURCHASES = (
    _of("[]", ("body", "wrong_type", _OBJECT)),
    _of({}, ("price", "missing", "`price` is required.")),
    _of({"price": None}, ("price", "wrong_type", _PRICE)),
    _of({"price": "2999"}, ("price", "wrong_type", _PRICE)),
    _of({"price": 29.99}, ("price", "wrong_type", _PRICE)),
    _of({"price": 1e300}, ("price", "invalid", "`price` times `quantity` must be at most 999,999,999.9999 USD.")),
    _of({"price": True}, ("price", "wrong_type", _PRICE)),
    _of({"price": 0}, ("price", "invalid", _PRICE)),
    _of({"price": -2999}, ("price", "invalid", _PRICE)),
    _of(
        {"price": 100_000_000_000},
        ("price", "invalid", "`price` times `quantity` must be at most 999,999,999.9999 USD."),
    ),
    _of(
        {"price": 1_000_000, "quantity": 1000, "currency": "jpy"},
        ("price", "invalid", "`price` times `quantity` must be at most 999,999,999.9999 JPY."),
    ),
    _of({**PAID, "currency": "EURO"}, ("currency", "invalid", "`currency` must be an ISO 4217 code, such as USD.")),
    _of({**PAID, "currency": 978}, ("currency", "wrong_type", f"`currency` {_TEXT}")),
    _of({**PAID, "quantity": 0}, ("quantity", "invalid", "`quantity` must be from 1 to 1,000,000.")),
    _of({**PAID, "quantity": 1.5}, ("quantity", "wrong_type", "`quantity` must be a whole number.")),
    _of({**PAID, "product_name": 1}, ("product_name", "wrong_type", f"`product_name` {_TEXT}")),
    _of(
        {**PAID, "product_name": "x" * 513},
        ("product_name", "too_long", "`product_name` must have at most 512 characters."),
    ),
    _of({**PAID, "refund": "yes"}, ("refund", "wrong_type", "`refund` must be true or false.")),
    _of({**PAID, "transaction_id": ""}, ("transaction_id", "invalid", "`transaction_id` must not be empty.")),
    _of(
        {**PAID, "refund_id": "r"},
        ("refund_id", "unknown", "`refund_id` is not a field of a purchase; did you mean `refund`?"),
    ),
    _of(
        {**PAID, "event_name": "x"}, ("event_name", "unknown", "`event_name` is not a field of a purchase; remove it.")
    ),
    _of(
        {"price": 0, "quantity": 0, "metadata": 0},
        ("price", "invalid", _PRICE),
        ("quantity", "invalid", "`quantity` must be from 1 to 1,000,000."),
        ("metadata", "wrong_type", "`metadata` must be an object of names and values."),
    ),
)
ANALYTICS = (
    _of({"start_date": "2026-02-30"}, ("start_date", "invalid", f"`start_date` {_DATE}")),
    _of({"start_date": "01.02.2026"}, ("start_date", "invalid", f"`start_date` {_DATE}")),
    _of({"start_date": ""}, ("start_date", "invalid", "`start_date` must not be empty; give it a value or omit it.")),
    _of({"end_date": "1969-12-31"}, ("end_date", "invalid", f"`end_date` {_DATE}")),
    _of({"end_date": "2026-01-01T25:00:00Z"}, ("end_date", "invalid", f"`end_date` {_DATE}")),
    _of(
        {"start_date": "2026-02-02", "end_date": "2026-02-01"},
        ("start_date", "invalid", "`start_date` must not be later than `end_date`."),
    ),
    _of(
        {"start_date": "2026-03-05"},
        ("start_date", "invalid", "`start_date` must not be later than `end_date`."),
    ),
    _of(
        {"start_date": "2021-01-01", "end_date": "2026-01-05"},
        ("start_date", "invalid", "`start_date` and `end_date` must span at most 1,830 days."),
    ),
    _of({"metrics": "visits"}, ("metrics", "invalid", f"{_METRIC}.")),
    _of({"metrics": "page_view"}, ("metrics", "invalid", f"{_METRIC}; did you mean `page_views`?")),
    _of({"metrics": "events,"}, ("metrics", "invalid", f"{_METRIC}.")),
    _of({"metrics": ""}, ("metrics", "invalid", "`metrics` must not be empty; give it a value or omit it.")),
    _of({"metrics": ["events", "page_views"]}, ("metrics", "repeated", "`metrics` must be given once.")),
    _of({"timezone": "Berlin"}, ("timezone", "invalid", _ZONE)),
    _of(
        {"website_id": "admx_other"},
        (
            "website_id",
            "unknown",
            "`website_id` is not a parameter of this route; it takes end_date, metrics, start_date, timezone.",
        ),
    ),
    _of(
        {"startdate": "2026-01-01", "end_date": "x", "metrics": "x", "timezone": "x"},
        ("startdate", "unknown", "`startdate` is not a parameter of this route; did you mean `start_date`?"),
        ("timezone", "invalid", _ZONE),
        ("end_date", "invalid", f"`end_date` {_DATE}"),
        ("metrics", "invalid", f"{_METRIC}."),
    ),
)
