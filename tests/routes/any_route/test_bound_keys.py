"""To a key that is bound to websites, the others of its workspace are as if they did not exist, on every route."""

import json
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from pixel.auth.caller import Caller, Scope
from pixel.dashboard.signing import VIEWER_SECRET
from pixel.workspaces.destination_kind import DESTINATION
from pixel.workspaces.kinds import KINDS_OF_A_WEBSITE
from pixel.workspaces.models import checked
from pixel.workspaces.store import function_store
from pixel.workspaces.website_kind import WEBSITE
from pixel.workspaces.websites import WEBSITES, WebsiteChanges
from tests import dynamodb_engine
from tests.conftest import put_secret
from tests.contracts.source_files import handler_module
from tests.environment import WORKSPACE_TABLE
from tests.local.tinybird.running import StandIn
from tests.routes.gateway import Reply, event, send
from tests.routes.keys.managed import ALL, add_key, add_workspace, ask
from tests.stores import kept_tables, put_back
from tools.openapi.records import EXAMPLES, RULES
from tools.openapi.routes import routes

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")

_INSIDE, _OUTSIDE, _NOWHERE = "admx_inside", "admx_outside", "admx_nowhere"
_WITHOUT_WEBSITE = {"get_health", "get_me", "get_openapi", "list_pipes"}
_OF_LINKS = {"create_short", "list_shorts", "get_short", "update_short", "delete_short", "get_insight"}
"""Short links are of a workspace, and of no website of it."""
_OF_DESTINATIONS = {
    *("list_destinations", "create_destination", "get_destination", "update_destination", "delete_destination"),
    *("rotate_secret", "test_destination", "list_deliveries", "redeliver"),
}
"""They are of a workspace; tests/routes/workspace/test_destinations.py is about these."""
_OF_ONE_REPORT = {"send_report"}
"""tests/routes/workspace/send_report/test_202.py is about it."""
_OF_KEYS = {"list_keys", "create_key", "get_key", "update_key", "revoke_key", "rotate_key", "list_audit"}
"""tests/routes/keys/test_refusals.py is about these."""
_OF_REPORTS = {"mint_metrics_token", "mint_metrics_tokens", "query_pipe", "mint_visitor_token"}
_OF_FATES = {"get_event"}
"""tests/routes/events/get_event/test_404.py is about it."""
_OF_EVENTS = {"ingest_event", "ingest_batch", "identify_visitor"}
_OF_OWNERS = {"open_dashboard", "preview_alert"}
_OF_ONE_WEBSITE = {route.function for route in routes() if route.face.is_of_one_website}
"""Their keys are bound to the only website that there is for them; tests/routes/infinity is about these."""
_WITHOUT_KEY = {
    *("dashboard_page", "embed_page", "get_asset", "get_share_data", "open_share", "share_page"),
    *("mail_page", "change_mail"),
}
_OF_BROWSERS = {"collect", "get_pixel_script"}
"""Their keys are publishable, each of one website; tests/routes/pixel is about these."""
_NOUNS = {kind.noun.replace(" ", "_"): kind for kind in (WEBSITE, *KINDS_OF_A_WEBSITE)}
_OF_RECORDS = {
    route.function
    for route in routes()
    if re.fullmatch(rf"(list|create|get|update|delete|rotate)_({'|'.join(_NOUNS)})s?", route.function)
}
_CALLER = Caller("ws_1", "key_1", "Shop", tuple(Scope), 1000, None, (_INSIDE,))


@pytest.fixture(scope="module")
def prepared_tables() -> list[bytes]:
    return []


@pytest.fixture(autouse=True)
def records(warehouse: StandIn, tables: "DynamoDBServiceResource", prepared_tables: list[bytes]) -> None:
    """Create two websites with a record of each kind, once; after that, put the tables back as they were then."""
    put_secret(VIEWER_SECRET, "0" * 64)
    if prepared_tables:
        put_back(prepared_tables[0])
        return
    _write_records(tables)
    if dynamodb_engine.OTHER is None:
        prepared_tables.append(kept_tables())


def _write_records(tables: "DynamoDBServiceResource") -> None:
    """Let ids end as the website's do."""
    add_workspace(tables, "ws_1", _INSIDE, _OUTSIDE)
    for rules in RULES:
        for website_id in (_INSIDE, _OUTSIDE):
            if rules.kind not in (WEBSITE, DESTINATION):
                example, _ = EXAMPLES[rules.kind.noun]
                named = {"name": website_id} if "name" in example else {}
                new = checked(rules.new, {**example, **named, "website_id": website_id})
                record_id = website_id.replace("admx", rules.kind.id_prefix)
                rules.create(function_store(), "ws_1", new, record_id=record_id, secret=rules.issue())


def _ask(function: str, website_id: str | None, caller: Caller = _CALLER) -> Reply:
    """Send the function's example with this website in place of its own, in path, query and body."""
    asked = event(function)
    given = json.loads(json.dumps(asked["multiValueQueryStringParameters"]) or "null") or {}
    given.pop("website_id", None)
    if website_id is not None and asked["httpMethod"] == "GET" and "id" not in (asked["pathParameters"] or {}):
        given["website_id"] = [website_id]
    if function == "mint_visitor_token" and website_id is not None:
        given["website_id"] = [website_id]
    asked["multiValueQueryStringParameters"] = given or None
    asked["queryStringParameters"] = {name: values[-1] for name, values in given.items()} or None
    if asked["body"]:
        asked["body"] = asked["body"].replace("admx_demo", str(website_id))
    if function in _OF_RECORDS and asked["pathParameters"]:
        kind = _NOUNS[function.partition("_")[2]]
        asked["pathParameters"] = {"id": str(website_id).replace("admx", kind.id_prefix)}
    asked["requestContext"]["authorizer"] |= caller.to_context()
    return send(import_module(handler_module(function)).handler, asked)


def _without_request_id(reply: Reply) -> tuple[int, Any]:
    return reply.status, reply.body.get("data", reply.body.get("error"))


def test_every_route_is_tried_or_has_no_website() -> None:
    tried = _WITHOUT_WEBSITE | _WITHOUT_KEY | _OF_KEYS | _OF_REPORTS | _OF_FATES | _OF_EVENTS | _OF_OWNERS | _OF_RECORDS

    of_others = _OF_ONE_WEBSITE | _OF_LINKS | _OF_DESTINATIONS | _OF_ONE_REPORT | _OF_BROWSERS
    assert {route.function for route in routes()} == tried | of_others


@pytest.mark.parametrize("function", sorted(_OF_REPORTS | _OF_EVENTS | _OF_OWNERS | _OF_RECORDS))
def test_a_website_outside_is_answered_as_one_that_does_not_exist(function: str) -> None:
    outside, nowhere = (_without_request_id(_ask(function, website_id)) for website_id in (_OUTSIDE, _NOWHERE))

    assert outside == nowhere
    if function.startswith("list_"):
        assert outside == (200, [])
    elif function == "ingest_batch":
        codes = {result["error"]["code"] for result in outside[1]["results"]}
        assert codes == {"website_not_found"}
    elif function == "create_website":
        assert (outside[0], outside[1]["code"]) == (403, "not_grantable")
    else:
        assert outside[0] == 404
        assert outside[1]["code"] in {"website_not_found", "record_not_found"}


@pytest.mark.parametrize("function", sorted(_OF_REPORTS | _OF_EVENTS | _OF_OWNERS | _OF_RECORDS - {"create_website"}))
def test_its_own_website_is_answered_as_to_a_key_that_is_not_bound(function: str) -> None:
    reply = _ask(function, _INSIDE)

    assert reply.status in {200, 201, 202}, reply.body
    assert _OUTSIDE not in str(reply.body)
    assert "website_not_found" not in str(reply.body)


@pytest.mark.parametrize("function", sorted(_OF_REPORTS))
def test_a_report_over_all_websites_needs_one(function: str) -> None:
    reply = _ask(function, None)

    assert (reply.status, reply.body["error"]["code"]) == (400, "invalid_query")
    [fault] = reply.body["error"]["details"]["fields"]
    assert (fault["path"], fault["code"]) == ("website_id", "missing")


@pytest.mark.parametrize("function", sorted(name for name in _OF_RECORDS if name.startswith("list_")))
def test_a_list_without_a_website_shows_those_of_the_key(function: str) -> None:
    [bound] = _ask(function, None).body["data"]
    free = _ask(function, None, _CALLER._replace(website_ids=None)).body["data"]

    assert len(free) == 2
    assert bound["id"].endswith("_inside")


def test_a_domain_of_a_website_outside_is_refused_without_its_id() -> None:
    website: Any = function_store().find(WEBSITE, "ws_1", _OUTSIDE)
    WEBSITES.update(function_store(), "ws_1", _OUTSIDE, WebsiteChanges(domain="outside.example"))
    asked = event("update_website")
    asked["pathParameters"], asked["body"] = {"id": _INSIDE}, json.dumps({"domain": "Outside.example"})
    handler = import_module(handler_module("update_website")).handler

    bound, free = (
        send(handler, {**asked, "requestContext": asked["requestContext"] | {"authorizer": caller.to_context()}})
        for caller in (_CALLER, _CALLER._replace(website_ids=None))
    )

    assert (bound.status, bound.body["error"]["code"]) == (409, "already_exists")
    assert website["id"] not in str(bound.body)
    assert free.body["error"]["details"] == {"id": _OUTSIDE}


def test_the_audit_trail_shows_what_is_about_its_websites_whoever_changed_it(tables: "DynamoDBServiceResource") -> None:
    """Also after a rotation, which gives the key another id; nothing of other websites and of keys beyond its own."""
    raw, mine = add_key("ws_1", scopes=ALL, website_ids=[_INSIDE])
    _, both = add_key("ws_1", scopes=["pixel:read"], website_ids=[_INSIDE, _OUTSIDE])
    _, free = add_key("ws_1", scopes=["pixel:read"])
    raw = ask("rotate_key", raw, path={"id": mine.key_id}, body={}).body["data"]["key"]
    other = Caller("ws_1", "key_other", "Shop", tuple(Scope), 1000, None)
    assert _ask("update_goal", _INSIDE, other).status == 200
    assert _ask("delete_alert", _OUTSIDE, other).status == 200

    trail = ask("list_audit", raw).body["data"]

    assert [(entry["action"], entry["key_id"]) for entry in trail[:2]] == [
        ("goal.updated", "key_other"),
        ("key.rotated", mine.key_id),
    ]
    assert {entry["action"] for entry in trail} >= {"key.created", "goal.created", "share_link.created"}
    assert not any(hidden in str(trail) for hidden in (_OUTSIDE, "_outside", both.key_id, free.key_id))
    pages, cursor = [], None
    while True:
        reply = ask("list_audit", raw, query={"limit": "2", **({"cursor": cursor} if cursor else {})})
        pages += reply.body["data"]
        cursor = reply.body["meta"].get("next_cursor")
        if cursor is None:
            break
    assert pages == trail


def test_what_was_not_reached_was_not_changed(tables: "DynamoDBServiceResource") -> None:
    table: Any = tables.Table(WORKSPACE_TABLE)
    before = sorted(table.scan()["Items"], key=str)

    for function in sorted(_OF_RECORDS):
        _ask(function, _OUTSIDE)

    assert sorted(table.scan()["Items"], key=str) == before
