"""What tests of Infinity Metrics share: a key of one website, and requests with it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from functions.infinity.infinity_analytics.handler import handler as analytics
from functions.infinity.infinity_event.handler import handler as event
from functions.infinity.infinity_purchase.handler import handler as purchase
from pixel.auth.caller import Caller
from tests.routes.asked_reports import asking
from tests.routes.gateway import FIXED_HEADERS, Reply, request_id_of, send
from tests.routes.sent_events import SITE, sending, workspace

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

HANDLERS = {"infinity_event": event, "infinity_purchase": purchase, "infinity_analytics": analytics}


def site_key(tables: "DynamoDBServiceResource", name: str, **changes: Any) -> Caller:
    """Return a key of the website SITE in a workspace of one test."""
    key = Caller(name, f"key_{name}", "Shop", ("site:read", "site:write"), 60, None, (SITE,))
    return workspace(key._replace(**changes), tables, name)


def post_event(key: Caller, body: object, **headers: str) -> Reply:
    return _send("infinity_event", key, body, headers)


def post_purchase(key: Caller, body: object, **headers: str) -> Reply:
    return _send("infinity_purchase", key, body, headers)


def get_analytics(key: Caller, **query: str | list[str]) -> Reply:
    return send(analytics, asking("infinity_analytics", key, {}, query))


def headers_of(reply: Reply) -> dict[str, str]:
    """Return the headers of an answer without those that every function sends."""
    assert reply.headers.items() >= FIXED_HEADERS.items()
    return {name: value for name, value in reply.headers.items() if name not in FIXED_HEADERS}


def _send(function: str, key: Caller, body: object, headers: Mapping[str, str]) -> Reply:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = sending(function, key, body, given)
    reply = send(HANDLERS[function], sent)
    assert reply.headers["X-Request-Id"] == request_id_of(sent)
    return reply
