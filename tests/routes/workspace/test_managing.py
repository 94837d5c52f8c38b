"""Records of every kind are created, read, changed and deleted over HTTP, and each change is in the audit trail."""

import json
from typing import Any

import pytest

from pixel.auth.caller import Caller, Scope
from pixel.aws.attributes import Item
from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.kinds import KINDS_OF_A_WEBSITE
from pixel.workspaces.pixel_defaults import PIXEL_DEFAULTS
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.share_link_kind import SHARE_LINK
from pixel.workspaces.store import Store
from pixel.workspaces.website_kind import WEBSITE
from tests.conftest import Frozen
from tests.routes.conftest import AwsCall
from tests.routes.gateway import event_of, send
from tests.routes.workspace.managed import (
    KINDS,
    Client,
    body_of,
    client_of,
    data_of,
    error_of,
    handler_of,
    new_website,
    rows_of,
)
from tests.unit.workspaces.records_given import stored_items

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")

_NOW = "2026-03-04T05:06:10Z"
_FOLLOWS_OF_ALERT = {
    "for": 1,
    "state": "ok",
    "undeliverable": "no_recipients",
    "filters": {"country": "US", "property_key": "plan", "property_value": "pro"},  # merged
}


@pytest.fixture
def client(tables: object) -> Client:
    return client_of()


def test_a_record_is_created_read_changed_and_deleted(client: Client, frozen: Frozen) -> None:
    website_id = new_website(client)
    for managed in KINDS:
        kind = managed.kind
        reply = client.create(kind, body_of(managed, website_id))

        made = data_of(reply, 201)
        record_id = made["id"]
        issued = {name: made.pop(name) for name in ("token", "url")} if kind is SHARE_LINK else {}
        assert (made["revision"], made["created_at"], made["updated_at"]) == (1, _NOW, _NOW)
        assert reply.headers["ETag"] == '"1"'
        assert reply.headers["Location"] == f"/live/api/v1/pixel/{kind.path}/{record_id}"
        assert data_of(client.get(kind, record_id)) == made
        by_mail = {"recipient_states"} & set(kind.record_attributes)
        assert set(made) | by_mail == set(kind.record_attributes) - {"deleted_at"}

        frozen.move(60)
        changed = client.update(kind, record_id, managed.change)
        expected = {name: value for name, value in managed.change.items() if name in made}
        assert data_of(changed) == {
            **made,
            **expected,
            **({"kind": "css"} if kind is GOAL else {}),
            **(_FOLLOWS_OF_ALERT if kind is ALERT else {}),
            **({"next_at": "2026-03-04T18:30:00Z"} if kind is REPORT else {}),
            "revision": 2,
            "updated_at": "2026-03-04T05:07:10Z",
            **({"password_protected": False} if kind is SHARE_LINK else {}),
        }
        assert changed.headers["ETag"] == '"2"'
        assert not {"token", "url"} & changed.body["data"].keys()

        gone = data_of(client.delete(kind, record_id))
        assert gone["id"] == record_id
        assert gone["deleted_at"] == "2026-03-04T05:07:10Z"
        assert gone["went_with_it"] == (
            dict.fromkeys((one.plural for one in KINDS_OF_A_WEBSITE), 0) if kind is WEBSITE else {}
        )
        assert data_of(client.delete(kind, record_id, If_Match='"1"')) == gone
        assert error_of(client.get(kind, record_id), 404) == managed.missing
        shown = data_of(client.get(kind, record_id, deleted="true"))
        assert (shown["deleted_at"], shown["revision"]) == (gone["deleted_at"], 3)
        frozen.move(30 * 86_400)
        assert error_of(client.get(kind, record_id, deleted="true"), 404) == managed.missing
        assert data_of(client.delete(kind, record_id)) == gone
        frozen.move(-30 * 86_400 - 60)
        assert "_hash" not in str((made, changed, shown, issued))


def test_a_website_without_a_time_zone_and_a_currency_has_utc_and_dollars(client: Client) -> None:
    website_id = new_website(client)
    expected = {"timezone": "UTC", "currency": "USD"}

    made = data_of(client.get(WEBSITE, website_id))
    assert made.items() >= expected.items()
    assert rows_of(client.list(WEBSITE, limit="1")) == [made]
    assert "timezone" not in rows_of(client.list(WEBSITE))[0]
    changed = data_of(client.update(WEBSITE, website_id, {"timezone": "Asia/Calcutta", "currency": " chf"}))
    assert (changed["timezone"], changed["currency"]) == ("Asia/Calcutta", "CHF")
    for body in ({"timezone": None}, {"currency": None}):
        [fault] = error_of(client.update(WEBSITE, website_id, body), 400)["details"]["fields"]
        assert (fault["path"], fault["code"]) == (*body, "wrong_type")


def test_settings_of_the_browser_pixel_are_merged_and_have_defaults(client: Client) -> None:
    website_id = new_website(client)

    assert data_of(client.get(WEBSITE, website_id))["pixel"] == PIXEL_DEFAULTS
    sent = {"aliases": ["Shop.example.org"], "pixel": {"mode": "cookie", "domains": ["B.example"], "outbound": True}}
    changed = data_of(client.update(WEBSITE, website_id, sent))
    assert changed["aliases"] == ["shop.example.org"]
    assert changed["pixel"] == {**PIXEL_DEFAULTS, "mode": "cookie", "domains": ["b.example"], "outbound": True}
    changed = data_of(client.update(WEBSITE, website_id, {"pixel": {"mode": None, "exclude": ["/admin*"]}}))
    expected = {**PIXEL_DEFAULTS, "domains": ["b.example"], "outbound": True, "exclude": ["/admin*"]}
    assert changed["pixel"] == expected
    wrong = {"mode": "x", "hash": 1, "exclude": ["admin"], "query_params_kept": ["a b"], "domains": [""], "nam": 1}
    faults = error_of(client.update(WEBSITE, website_id, {"pixel": wrong}), 400)["details"]["fields"]
    assert {fault["path"] for fault in faults} == {f"pixel.{name}" for name in wrong}


def test_patterns_of_excluded_paths_are_compared_at_once(client: Client) -> None:
    website_id = new_website(client)

    def change(*patterns: str) -> dict[str, Any]:
        return {"pixel": {"exclude": [*patterns]}}

    assert client.update(WEBSITE, website_id, change("/*/a/*/b*", "/**/a/****")).status == 200
    [fault] = error_of(client.update(WEBSITE, website_id, change("/*a*b*c*")), 400)["details"]["fields"]
    assert (fault["path"], fault["code"]) == ("pixel.exclude", "invalid")
    assert "at most 3 wildcards" in fault["message"]


def test_a_website_is_named_after_its_domain_unless_it_has_a_name(client: Client) -> None:
    assert data_of(client.create(WEBSITE, {"domain": "example.com"}), 201)["name"] == "example.com"


def test_what_is_invalid_is_said_field_by_field(client: Client) -> None:
    website_id = new_website(client)
    for managed in KINDS:
        record_id = data_of(client.create(managed.kind, body_of(managed, website_id)), 201)["id"]
        before = len(stored_items(managed.kind))
        for reply in (
            client.create(managed.kind, {**body_of(managed, website_id), **managed.invalid}),
            client.update(managed.kind, record_id, managed.invalid),
        ):
            error = error_of(reply, 400)
            assert error["code"] == "invalid_body"
            assert [(fault["path"], fault["code"]) for fault in error["details"]["fields"]] == [*managed.faults]
        for body, code in ((["a"], "invalid"), ({}, "missing")):
            [fault] = error_of(client.update(managed.kind, record_id, body), 400)["details"]["fields"]
            assert (fault["path"], fault["code"]) == ("body", code)
        assert error_of(client.create(managed.kind, body_of(managed, website_id), If_Match="*"), 400)["details"] == {
            "fields": [
                {
                    "path": "If-Match",
                    "code": "unknown",
                    "message": "`If-Match` does not apply to a new record; remove it, or send an Idempotency-Key.",
                }
            ]
        }
        for media_type, status in (("application/merge-patch+json", 200), ("text/plain", 415)):
            reply = client.update(managed.kind, record_id, managed.change, **{"Content-Type": media_type})
            assert reply.status == status
        too_long = client.create(managed.kind, {**body_of(managed, website_id), "name": "x" * 40_000})
        assert error_of(too_long, 413)["details"] == {"limit_bytes": 32_768}
        assert len(stored_items(managed.kind)) == before


def test_a_change_that_contradicts_what_is_stored_is_refused(client: Client) -> None:
    alert = {"website_id": new_website(client), "metric": "visitors", "threshold": 100, "channel": "email"}
    alert_id = data_of(client.create(ALERT, alert), 201)["id"]

    [fault] = error_of(client.update(ALERT, alert_id, {"metric": "bounce_rate"}), 400)["details"]["fields"]

    assert fault["path"] == "threshold"


def test_records_of_another_workspace_deleted_ones_and_none_are_answered_with_the_same_bytes(client: Client) -> None:
    website_id, other = new_website(client), client_of("ws_2")
    for managed in KINDS:
        kind = managed.kind
        own = [{"domain": f"{one}.example.com"} if kind is WEBSITE else {"name": one} for one in ("a", "b")]
        named = own if kind in (WEBSITE, GOAL) else [{}, {}]
        made = [client.create(kind, {**body_of(managed, website_id), **one}) for one in named]
        live, deleted = (data_of(reply, 201)["id"] for reply in made)
        data_of(client.delete(kind, deleted))
        none = f"{kind.id_prefix}_00000000000000000000"
        unlike = ("x", "..%2Fx", f"{kind.id_prefix}_{'x' * 60}", "%00")

        asked = [(other, live), (other, deleted), (other, none), (client, none), *((client, one) for one in unlike)]
        assert error_of(client.update(kind, deleted, managed.change), 404) == managed.missing
        routes: list[tuple[str, dict[str, Any]]] = [
            ("get", {}),
            ("get", {"query": {"deleted": "true"}}),
            ("update", {"body": managed.change}),
            ("update", {"body": managed.change, "headers": {"If-Match": '"7"'}}),
            ("delete", {}),
            *([("rotate", dict[str, Any]())] if kind is SHARE_LINK else []),
        ]
        for verb, options in routes:
            replies = [sender.send(f"{verb}_{managed.name}", one, **options) for sender, one in asked]
            assert {json.dumps(reply.body["error"]) for reply in replies} == {json.dumps(managed.missing)}
            assert {reply.status for reply in replies} == {404}
        assert client.get(kind, live).status == 200
        if kind is not WEBSITE:
            for sender, site in ((other, website_id), (client, "admx_none")):
                reply = sender.create(kind, {**body_of(managed, site)})
                assert error_of(reply, 404)["code"] == "website_not_found"


def test_a_key_without_the_scope_changes_nothing(client: Client, aws_calls: list[AwsCall]) -> None:
    caller = Caller("ws_1", "key_2", "Reader", (Scope.READ, Scope.WRITE), 1000, None)
    for verb in ("create", "update", "delete"):
        for managed in KINDS:
            function = f"{verb}_{managed.name}"
            assert error_of(send(handler_of(function), event_of(caller, function)), 403)["details"] == {
                "required": "pixel:manage",
                "available": ["pixel:read", "pixel:write"],
            }
    assert {call.operation for call in aws_calls} == {"UpdateItem"}  # of the counter


def test_an_object_in_a_patch_is_merged_with_what_is_there(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if another request changes the record in between."""
    link = {"website_id": new_website(client), "filters": {"country": "DE", "device": "mobile"}}
    record_id = data_of(client.create(SHARE_LINK, link), 201)["id"]
    find = Store.find

    def find_once_too_early(store: Store, *place: Any) -> Item:
        found = find(store, *place)
        monkeypatch.setattr(Store, "find", find)
        data_of(client.update(SHARE_LINK, record_id, {"filters": {"os": "Linux"}}))
        return found

    monkeypatch.setattr(Store, "find", find_once_too_early)
    changed = data_of(client.update(SHARE_LINK, record_id, {"filters": {"device": None, "browser": "Firefox"}}))

    assert changed["filters"] == {"country": "DE", "os": "Linux", "browser": "Firefox"}
    assert changed["revision"] == 3
    again = client.update(SHARE_LINK, record_id, {"filters": {}}, If_Match='"3"')
    assert (data_of(again)["filters"], data_of(again)["revision"]) == (changed["filters"], 4)
    late = client.update(SHARE_LINK, record_id, {"filters": {"path": "/x"}}, If_Match='"3"')
    assert error_of(late, 412)["details"] == {"revision": 4}
    invalid = error_of(client.update(SHARE_LINK, record_id, {"filters": {"country": {"a": "DE"}}}), 400)
    assert [one["path"] for one in invalid["details"]["fields"]] == ["filters"]


def test_a_rotated_share_link_has_a_new_token_and_the_old_one_ends(client: Client) -> None:
    made = data_of(client.create(SHARE_LINK, {"website_id": new_website(client)}), 201)
    [before] = stored_items(SHARE_LINK)

    rotated = data_of(client.rotate(made["id"]))

    [after] = stored_items(SHARE_LINK)
    assert rotated["token"] != made["token"]
    for issued in (made, rotated):
        assert (
            issued["url"] == f"https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/live/share/{issued['token']}"
        )
    assert rotated["token_prefix"] == rotated["token"][: len(rotated["token_prefix"])]
    assert after["token_hash"] != before["token_hash"]
    assert rotated["revision"] == 2
    assert error_of(client.rotate(made["id"], If_Match='"2"'), 400)["code"] == "invalid_body"


def test_a_website_takes_its_records_along_and_says_how_many_each_time(client: Client) -> None:
    website_id = new_website(client)
    for managed in KINDS[1:]:
        data_of(client.create(managed.kind, body_of(managed, website_id)), 201)
    alone = data_of(client.create(GOAL, {"website_id": website_id, "name": "b", "selector": "#b"}), 201)["id"]
    data_of(client.delete(GOAL, alone))

    first, again = client.delete(WEBSITE, website_id), client.delete(WEBSITE, website_id)

    assert data_of(first)["went_with_it"] == {"goals": 1, "alerts": 1, "reports": 1, "share_links": 1}
    assert again.body["data"] == first.body["data"]
    assert data_of(client.create(WEBSITE, {"domain": "example.com"}), 201)["id"] != website_id


def test_every_change_is_in_the_audit_trail_without_a_secret_or_an_address(client: Client) -> None:
    website_id = new_website(client)
    for managed in KINDS[1:]:
        record_id = data_of(client.create(managed.kind, body_of(managed, website_id)), 201)["id"]
        data_of(client.update(managed.kind, record_id, managed.change))
        data_of(client.delete(managed.kind, record_id))
        data_of(client.delete(managed.kind, record_id))

    trail = sorted((item for item in stored_items() if item["item"].startswith("AUDIT#")), key=lambda item: item["id"])

    nouns = ("goal", "alert", "report", "share_link")
    assert sorted(entry["action"] for entry in trail) == sorted(
        ["website.created", *(f"{noun}.{verb}" for noun in nouns for verb in ("created", "updated", "deleted"))]
    )
    assert {entry["key_id"] for entry in trail} == {"key_1"}
    by_action = {entry["action"]: entry["fields"] for entry in trail}
    assert by_action["goal.updated"] == {"selector": {"to": "#thanks"}, "value": {"to": 50}, "currency": {"to": None}}
    assert by_action["goal.deleted"] == {}
    assert by_action["report.created"]["recipients"] == {}
    assert by_action["share_link.updated"] == {
        "expires_at": {"to": None},
        "password_protected": {},
        "panels": {"to": ["funnel"]},
        "filters": {},
        "embed_origins": {"to": []},
    }
    for secret in ("ann@example.com", "horse", "hash", "scrypt", "share_"):
        assert secret not in json.dumps([entry["fields"] for entry in trail])
