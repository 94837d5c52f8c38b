"""events/<function>.json: what must be there for each to succeed, and what its function answers then."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from pixel.auth.caller import Scope
from pixel.auth.keys import KeyRecord
from pixel.ingest.claims import EVENT_SECONDS, Claim, event_claim
from pixel.links import rules
from pixel.links.compiled import DEFAULTS, compiled
from pixel.links.labels import KINDS, PIXEL
from pixel.links.labels_of_links import new_label
from pixel.links.rules_items import RULES_COUNT, STICKY_SECRET, pointer, rule_key
from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.deliveries import delivery_key, new_delivery
from pixel.workspaces.destination_kind import DESTINATION
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.record_kind import RecordKind
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.share_link_kind import SHARE_LINK
from pixel.workspaces.website_kind import WEBSITE
from pixel.workspaces.workspace import Workspace
from tests.key_records import record_of
from tests.template.document import ROOT
from tools.openapi.routes import LINKS, routes

FUNCTIONS = sorted(path.stem for path in (ROOT / "events").glob("*.json"))
FILES_BUCKET = "pixel-api-filesbucket-1x2y3z"
"""Of events/ingest_file.json."""

_KEY_ID = "key_demo"
_OF_LINKS = "mx0roj4hz46vgxhf858b"  # behind the prefix of a link, of a rule, and of each kind of label
_WORKSPACE = "ws_demo"
_OTHER_WORKSPACE = "ws_4dk2s9x1f7h3m5q8v0bn"
_WEBSITES = {"admx_demo": _WORKSPACE, "admx_obsolete": _WORKSPACE, "admx_7f3k9s2m5x1q8v0bn4dh": _OTHER_WORKSPACE}
WRITTEN = {
    (_WORKSPACE, "pageviews", "event_id"): {"pv-1"},  # ingest_batch
    (_WORKSPACE, "visitor_payments", "transaction_id"): {"order-1001"},  # ingest_event
    (_WORKSPACE, "visitor_payments", "event_id"): {"order-2001"},  # infinity_purchase
    (_WORKSPACE, "custom_goals", "goal_name"): {"user_signup"},  # infinity_event
    # drain_collect, drain_spill, ingest_queue and ingest_stream
    (_OTHER_WORKSPACE, "pageviews", "event_id"): {"evt_1", "evt_9", "order-4711-page"},
}
"""What the warehouse has afterwards, among others, by workspace, datasource and column."""
_STATUS = {
    **dict.fromkeys(("redeliver", "test_destination", "send_report"), 202),
    "identify_visitor": 202,
    "ingest_batch": 202,
    "ingest_event": 202,
    "open_dashboard": 201,
}
"""Others answer 200, or 201 for a new record."""
REFUSED = {
    "collect": 401,
    "get_pixel_script": 404,
    "get_asset": 404,
    "get_share_data": 401,
    "open_share": 404,
    "mail_page": 403,
    "change_mail": 403,
}
"""Tokens, sessions and names of assets are made by each deployment, so the examples name none that exists."""
OF_LINKS = {route.function for route in routes(LINKS)}
_WITHOUT_META = {
    *OF_LINKS,
    *("infinity_event", "infinity_purchase", "infinity_analytics"),
    *("create_short", "list_shorts", "get_short", "update_short", "delete_short", "get_insight"),
}
_PAGES = {"dashboard_page", "embed_page", "share_page"}
_RECORDS: tuple[tuple[RecordKind, Mapping[str, object]], ...] = (
    (GOAL, {"name": "Order", "selector": "/order*"}),
    (ALERT, {"metric": "bounce_rate", "threshold": 0.5, "channel": "email"}),
    (REPORT, {"cadence": "daily", "channel": "slack", "recipients": ["#sales"]}),
    (SHARE_LINK, {"token_prefix": "share_abcd", "password_protected": False}),
)
_DESTINATION = {
    "kind": "webhook",
    "name": "Demo",
    "url_host": "hooks.example.com",
    "enabled": True,
    "failing_since": None,
}
_DELIVERY = "dlv_demo"
_UNKNOWN_HOST = 422
_CREATING = {name for name in FUNCTIONS if name.startswith("create_")} | {"rotate_key"}
_SCHEDULED = {
    "canary": {"ingest": "ok", "tokens": "ok"},
    "forget_deleted": {"records": 0},
}
_CONSUMERS = {"drain_collect", "drain_spill", "ingest_file", "ingest_queue", "ingest_stream", "record_clicks"}


class Stores(NamedTuple):
    """Clients of boto3's, and names."""

    dynamodb: Any  # a resource
    s3: Any
    keys_table: str
    workspace_table: str
    claims_table: str
    links_table: str
    secrets_table: str


def text(function: str) -> str:
    return (ROOT / "events" / f"{function}.json").read_text()


def prepare(stores: Stores) -> None:
    """Create the key, the websites, the claim and the bucket that the events name, but not the file."""
    for key in (_key_record(), _obsolete_key()):
        stores.dynamodb.Table(stores.keys_table).put_item(Item=key.to_item())
    table = stores.dynamodb.Table(stores.workspace_table)
    workspace = Workspace(_WORKSPACE, "Demo", datetime(2026, 1, 1, tzinfo=UTC), 60, "", "", "usageplankey0000000001")
    table.put_item(Item=workspace.to_item())
    for website_id, workspace_id in _WEBSITES.items():
        website = {"owned_website_id": website_id, "domain": "demo.example.com", "name": "Demo"}
        _put(table, WEBSITE, workspace_id, website_id, website)
    for ending in ("demo", "obsolete"):
        for kind, values in _RECORDS:
            record = {"website_id": "admx_demo", **values}
            _put(table, kind, _WORKSPACE, f"{kind.id_prefix}_{ending}", record)
        _put_destination(stores, table, f"{DESTINATION.id_prefix}_{ending}")
    links = stores.dynamodb.Table(stores.links_table)
    for code in ("spring-sale", "obsolete-link"):
        _put_link(links, f"link_{code.replace('-', ''):0<20}", code)
    _put_link(links, f"link_{_OF_LINKS}", "sample")
    for item in (*_labels(), *_rule()):
        links.put_item(Item=item)
    event_id = json.loads(text("get_event"))["pathParameters"]["id"]
    name = event_claim(_WORKSPACE, event_id)
    claim = Claim(name, "digest", event_id, "v_abc", "pageviews", 0, 0, kept=False, kept_seconds=EVENT_SECONDS)
    stores.dynamodb.Table(stores.claims_table).put_item(Item={**claim.to_item("holder"), "holders": {"holder"}})
    stores.s3.create_bucket(Bucket=FILES_BUCKET)


def assert_succeeded(function: str, answer: Any) -> None:
    if function in _CONSUMERS:
        assert answer == {"batchItemFailures": []}
    elif function in _SCHEDULED:
        assert answer == _SCHEDULED[function]
    elif function == "reconcile_goals":
        assert answer["goals"] >= 2  # of `prepare`, and those that other events created
    elif function == "authorizer":
        [statement] = answer["policyDocument"]["Statement"]
        assert (statement["Effect"], answer["principalId"]) == ("Allow", _KEY_ID)
        assert answer["context"]["workspace_id"] == _WORKSPACE
    elif function == "get_openapi":
        assert answer["statusCode"] == 200
        assert "\nopenapi: 3.1.0\n" in answer["body"]
    elif function in _PAGES:
        assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (200, "text/html; charset=utf-8")
    elif function in REFUSED:
        assert answer["statusCode"] == REFUSED[function], answer["body"]
    elif function in _WITHOUT_META:
        body = json.loads(answer["body"])
        status = 201 if function in _CREATING - {"create_qr_code"} else 200
        assert (answer["statusCode"], body.get("success", "data" in body)) == (status, True), body
    elif function == "create_destination" and answer["statusCode"] == _UNKNOWN_HOST:
        # Whether the example's host is known depends on where the function runs.
        assert json.loads(answer["body"])["error"]["details"] == {"reason": "unknown_host"}
    else:
        body = json.loads(answer["body"])
        assert answer["statusCode"] == _STATUS.get(function, 201 if function in _CREATING else 200), body
        assert body["data"] is not None
        assert body["meta"]["request_id"] == f"req_{json.loads(text(function))['requestContext']['requestId']}"


def _put(table: Any, kind: RecordKind, workspace_id: str, record_id: str, values: Mapping[str, object]) -> None:
    key = kind.key(workspace_id, record_id)
    item = {**key, "id": record_id, "created_at": "2026-01-01T00:00:00Z", **values}
    table.put_item(
        Item={name: Decimal(str(value)) if isinstance(value, float) else value for name, value in item.items()}
    )


def _put_destination(stores: Stores, table: Any, destination_id: str) -> None:
    """Write a destination, its address and its secret, and a delivery to it."""
    _put(table, DESTINATION, _WORKSPACE, destination_id, {**_DESTINATION, "name": destination_id})
    key = {"workspace_id": _WORKSPACE, "destination_id": destination_id}
    row = {**key, "url": "https://hooks.example.com/", "secret": "whsec_AAAA"}
    stores.dynamodb.Table(stores.secrets_table).put_item(Item=row)
    delivery = new_delivery(
        _WORKSPACE, {**_DESTINATION, "id": destination_id}, "msg_demo", "ping", {}, datetime.now(UTC)
    )
    table.put_item(Item={**delivery, **delivery_key(_WORKSPACE, _DELIVERY), "id": _DELIVERY})


def _put_link(table: Any, link_id: str, code: str) -> None:
    """Write the items of a link."""
    link = {
        "id": link_id,
        "workspace_id": _WORKSPACE,
        "code": code,
        "destination_url": "https://demo.example.com/",
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "version": 1,
        **DEFAULTS,
        **({RULES_COUNT: 1, STICKY_SECRET: "0" * 32} if link_id.endswith(_OF_LINKS) else {}),
    }
    entry = {"pk": f"W#{_WORKSPACE}", "sk": f"L#{link['id']}", **link}
    for item in ({"pk": f"L#{link['id']}", "sk": "-", **link}, entry, compiled(link)):
        table.put_item(Item=item)


def _labels() -> Iterator[dict[str, Any]]:
    """Yield the items of one label of each kind."""
    for kind in KINDS:
        given = {"provider": "meta", "provider_id": "123456789012345"} if kind is PIXEL else {}
        label_id = f"{kind.id_prefix}_{_OF_LINKS}"
        label = new_label(kind, _WORKSPACE, {"name": f"The {kind.noun}", **given})
        yield {**label, **kind.key(_WORKSPACE, label_id), "id": label_id}
        yield {**kind.name_key(_WORKSPACE, label["name"]), "label_id": label_id}


def _rule() -> Iterator[dict[str, Any]]:
    """Yield the items of a rule."""
    rule_id, link_id = f"rule_{_OF_LINKS}", f"link_{_OF_LINKS}"
    rule = {
        "id": rule_id,
        "link_id": link_id,
        "workspace_id": _WORKSPACE,
        "name": "Germany",
        "destination_url": "https://demo.example.com/de",
        "conditions": [{"field": "country", "operator": "equals", "value": "de"}],
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        **rules.DEFAULTS,
    }
    yield {**rule_key(link_id, rule_id), **rule}
    yield pointer(rule)


def _key_record() -> KeyRecord:
    key = json.loads(text("authorizer"))["headers"]["Authorization"].removeprefix("Bearer ")
    return record_of(key)._replace(key_id=_KEY_ID, workspace_id=_WORKSPACE, scopes=tuple(map(str, Scope)))


def _obsolete_key() -> KeyRecord:
    return record_of("obsolete")._replace(key_id="key_obsolete", workspace_id=_WORKSPACE)
