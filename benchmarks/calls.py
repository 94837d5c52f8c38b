"""What the functions ask of others, warm, for each way in; tests/routes/test_call_counts.py measures the same."""

from collections import Counter
from math import ceil
from typing import Final

APPEND: Final = "POST /v0/events"
_CLAIMS_MARKED_AT_ONCE = 25
_CLAIMS_FOUND_AT_ONCE = 100

Calls = Counter[str]


def of_route(name: str) -> Calls:
    return Counter(
        {
            "authorizer": ["GetItem"],
            "me": ["UpdateItem"],
            "list": ["UpdateItem", "Query"],
            "mint": ["UpdateItem", "GetItem"],
            "query": ["UpdateItem", "GetItem", "GET /v0/pipes/p_geo.json"],
            "identify": ["UpdateItem", APPEND],
        }[name]
    )


def of_events(events: int, *, with_ids: bool, counted: bool) -> Calls:
    """Of one kind, together; `counted` is what comes over HTTP, within somebody's rate limit."""
    calls = Counter({APPEND: 1, "UpdateItem": int(counted)})
    if with_ids:
        calls |= {"PutItem": events, "BatchWriteItem": ceil(events / _CLAIMS_MARKED_AT_ONCE)}
    return +calls


def of_portion(events: int, *, with_ids: bool) -> Calls:
    """Of a file: claims are looked up together, because nobody else has these rows in hand."""
    calls = Counter({APPEND: 1})
    if with_ids:
        found, marked = ceil(events / _CLAIMS_FOUND_AT_ONCE), ceil(events / _CLAIMS_MARKED_AT_ONCE)
        calls |= {"BatchGetItem": found, "BatchWriteItem": marked}
    return calls
