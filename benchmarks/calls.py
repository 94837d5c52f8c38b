"""The calls of warm functions to DynamoDB and Tinybird; tests/routes/test_call_counts.py measures the same."""

from collections import Counter
from collections.abc import Mapping
from math import ceil
from typing import Final

from pixel.workspaces.kinds import KINDS_OF_A_WEBSITE
from pixel.workspaces.website_kind import WEBSITE

APPEND: Final = "POST /v0/events"
_CLAIMS_MARKED_AT_ONCE = 25

Calls = Counter[str]

_LISTS = [f"list_{kind.noun.replace(' ', '_')}s" for kind in (WEBSITE, *KINDS_OF_A_WEBSITE)]
OF_FUNCTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "authorizer": ("GetItem",),
    "canary": ("GET /v0/pipes/p_pixel_healthcheck.json", APPEND),
    # Their example event names a domain or a goal that is there when they are warm.
    **dict.fromkeys(("create_destination", "create_goal", "create_website"), ("UpdateItem", "GetItem", "GetItem")),
    # With what is due because of them; the last query looks for the destinations of their channel.
    "create_alert": ("UpdateItem", "GetItem", "GetItem", "GetItem", "Query", "Query", "TransactWriteItems"),
    "update_alert": ("UpdateItem", "GetItem", "GetItem", "GetItem", "TransactWriteItems"),
    "create_report": (
        *("UpdateItem", "GetItem", "GetItem", "GetItem", "GetItem", "Query", "TransactWriteItems"),
        *("BatchGetItem", "BatchGetItem"),
    ),
    "update_report": ("UpdateItem", "GetItem", "GetItem", "Query", "TransactWriteItems", "BatchGetItem"),
    "send_report": ("UpdateItem", "GetItem", "GetItem", "TransactWriteItems"),
    "preview_alert": ("UpdateItem", "GetItem", "GetItem", "GET /v0/pipes/i_alert_values.json"),
    # The second query is for webhooks that are told of the key.
    "create_key": ("UpdateItem", "GetItem", "GetItem", "Query", "Query", "TransactWriteItems"),
    "revoke_key": ("UpdateItem", "GetItem", "GetItem", "Query"),  # when it is revoked already
    "rotate_key": ("UpdateItem", "GetItem", "GetItem", "Query", "Query", "TransactWriteItems"),
    "delete_website": ("UpdateItem", "GetItem", *["Query"] * 2 * len(KINDS_OF_A_WEBSITE)),
    "update_goal": ("UpdateItem", "GetItem", "TransactWriteItems", "GetItem", APPEND),
    "drain_spill": (APPEND,),
    "get_event": ("UpdateItem", "BatchGetItem", "GET /v0/pipes/i_event.json"),
    # As many for a link that never existed as for one that is opened.
    "embed_page": ("Query", "GetItem", "GetItem"),
    "open_share": ("UpdateItem", "Query", "GetItem", "GetItem"),
    "get_health": (),  # within ten seconds of an earlier check
    "get_me": ("UpdateItem",),
    "get_openapi": (),
    "identify_visitor": ("UpdateItem", APPEND),
    **dict.fromkeys(_LISTS, ("UpdateItem", "Query")),
    "list_pipes": ("UpdateItem",),
    "mint_metrics_token": ("UpdateItem", "GetItem"),
    "mint_metrics_tokens": ("UpdateItem", "GetItem"),
    "mint_visitor_token": ("UpdateItem",),
    "get_short": ("UpdateItem", "GetItem", "GetItem", "GET /v0/pipes/l_link_totals.json"),
    "update_short": (
        *("UpdateItem", "GetItem", "GetItem", "BatchGetItem", "Query"),
        *("TransactWriteItems", "GET /v0/pipes/l_link_totals.json"),
    ),
    "delete_short": ("UpdateItem", "GetItem"),  # when it is deleted already
    "get_insight": (
        "UpdateItem",
        *(f"GET /v0/pipes/l_{name}.json" for name in ("totals", "totals", "series", "properties")),
    ),
    "query_pipe": ("UpdateItem", "GetItem", "GET /v0/pipes/p_top_pages.json"),
}
"""Calls of functions for their example event in events/, if these do not depend on the number of events.

A function that is not listed makes each of its calls once. List the functions that the figures of docs/cost.md need.
"""


ACTIONS: Final[Mapping[str, int]] = {"create_alert": 4, "update_alert": 3}
"""How many items the transaction of a function writes or checks, its entry of the audit trail among them."""


def of_function(name: str) -> Calls:
    return Counter(OF_FUNCTIONS[name])


def of_events(events: int, *, with_ids: bool, counted: bool) -> Calls:
    """Return the calls for events of one kind in a batch or a portion of a file; `counted` adds a request's counter."""
    calls = Counter({APPEND: 1, "UpdateItem": int(counted)})
    if with_ids:
        calls |= {"PutItem": events, "BatchWriteItem": ceil(events / _CLAIMS_MARKED_AT_ONCE)}
    return +calls
