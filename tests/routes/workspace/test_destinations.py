"""Destinations are managed over HTTP; addresses and secrets are in no record, no audit trail, no answer and no log."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from standardwebhooks import Webhook

from pixel.auth.caller import Caller, Scope
from pixel.aws.conditions import PRESENT
from pixel.foundation import settings as settings_module
from pixel.foundation.settings import settings
from pixel.workspaces.destination_kind import DESTINATION
from pixel.workspaces.store import function_store
from pixel.workspaces.website_kind import WEBSITE
from tests.conftest import Frozen, Output
from tests.routes.workspace.managed import Client, client_of, data_of, error_of, new_website, rows_of
from tests.unit.workspaces.records_given import stored_items

pytestmark = pytest.mark.usefixtures("tables", "frozen", "public_names")

_URL = "https://hooks.example.com/services/very-secret-path?token=hidden"
_SLACK_URL = "https://hooks.slack.com/services/T000/B000/very-secret-path"
_WEBHOOK: Mapping[str, Any] = {"kind": "webhook", "name": "Warehouse", "url": _URL}
_SLACK: Mapping[str, Any] = {"kind": "slack", "name": "#sales", "url": _SLACK_URL}


@pytest.fixture
def public_names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Let each name lead to a public address, unless a test says otherwise."""
    names: dict[str, list[str]] = {}
    monkeypatch.setattr("pixel.hooks.addresses._looked_up", lambda place: names.get(place.host, ["93.184.215.14"]))
    return names


@pytest.fixture
def client(tables: object) -> Client:
    return client_of()


def _secrets() -> list[dict[str, Any]]:
    store = function_store()
    return store.database.scan(store.secrets_table, {"url": PRESENT})


def _made(client: Client, body: Mapping[str, Any]) -> dict[str, Any]:
    return data_of(client.create(DESTINATION, body), 201)


def test_a_webhook_is_created_read_changed_and_deleted(client: Client, frozen: Frozen) -> None:
    made = _made(client, {**_WEBHOOK, "events": ["alert.fired"]})
    secret = made.pop("secret")
    record_id = made["id"]

    assert made == {
        "id": record_id,
        "kind": "webhook",
        "name": "Warehouse",
        "url_host": "hooks.example.com",
        "events": ["alert.fired"],
        "website_ids": None,
        "enabled": True,
        "disabled_reason": None,
        "failing_since": None,
        "created_at": "2026-03-04T05:06:10Z",
        "updated_at": "2026-03-04T05:06:10Z",
        "revision": 1,
    }
    assert data_of(client.get(DESTINATION, record_id)) == made
    assert _secrets() == [{"workspace_id": "ws_1", "destination_id": record_id, "url": _URL, "secret": secret}]
    Webhook(secret)  # the library reads it

    frozen.move(60)
    other = "https://other.example.com:8443/hook"
    changed = data_of(client.update(DESTINATION, record_id, {"url": other, "events": None, "enabled": False}))
    assert changed == {
        **made,
        "url_host": "other.example.com:8443",
        "events": None,
        "enabled": False,
        "revision": 2,
        "updated_at": "2026-03-04T05:07:10Z",
    }
    assert _secrets()[0]["url"] == other
    assert _secrets()[0]["secret"] == secret

    assert rows_of(client.list(DESTINATION))[0]["url_host"] == "other.example.com:8443"
    gone = data_of(client.delete(DESTINATION, record_id))
    assert gone == {"id": record_id, "deleted_at": "2026-03-04T05:07:10Z", "went_with_it": {}}
    assert data_of(client.delete(DESTINATION, record_id)) == gone
    assert _secrets() == []
    assert rows_of(client.list(DESTINATION)) == []


def test_a_slack_destination_has_no_secret_and_a_channel_s_name(client: Client) -> None:
    made = _made(client, _SLACK)
    assert (made["secret"], made["url_host"]) == (None, "hooks.slack.com")
    assert "secret" not in _secrets()[0]
    assert error_of(client.send("rotate_secret", made["id"], body={}), 404)["code"] == "record_not_found"
    again = client.create(DESTINATION, {**_SLACK, "name": "#other"}, "key-1")
    replay = client.create(DESTINATION, {**_SLACK, "name": "#other"}, "key-1")
    assert data_of(replay, 201)["id"] == data_of(again, 201)["id"]


def test_no_address_and_no_secret_leaves_the_table_of_secrets(client: Client, output: Output) -> None:
    made = _made(client, _WEBHOOK)
    _made(client, _SLACK)
    rotated = data_of(client.send("rotate_secret", made["id"], body={"grace_seconds": 60}))
    client.update(DESTINATION, made["id"], {"url": "https://other.example.com/very-secret-path"})
    client.send("test_destination", made["id"])

    written = json.dumps(stored_items(), default=str) + output.text
    for secret in ("very-secret-path", "hidden", made["secret"], rotated["secret"]):
        assert secret not in written
    assert "other.example.com" in json.dumps(stored_items(), default=str)


def test_a_secret_is_rotated_and_the_one_before_signs_for_a_while(client: Client) -> None:
    made = _made(client, _WEBHOOK)
    rotated = data_of(client.send("rotate_secret", made["id"]))

    assert rotated["previous_valid_until"] == "2026-03-05T05:06:10Z"
    assert rotated["secret"] != made["secret"]
    (kept,) = _secrets()
    assert (kept["secret"], kept["previous_secret"]) == (rotated["secret"], made["secret"])
    assert kept["previous_until"] == "2026-03-05T05:06:10Z"

    at_once = data_of(client.send("rotate_secret", made["id"], body={"grace_seconds": 0}))
    assert _secrets() == [
        {"workspace_id": "ws_1", "destination_id": made["id"], "url": _URL, "secret": at_once["secret"]}
    ]
    assert data_of(client.get(DESTINATION, made["id"]))["revision"] == 3
    (fault,) = error_of(client.send("rotate_secret", made["id"], body={"grace_seconds": 604_801}), 400)["details"][
        "fields"
    ]
    assert fault["path"] == "grace_seconds"


def test_a_replay_does_not_show_the_secret_again(client: Client) -> None:
    made = data_of(client.create(DESTINATION, _WEBHOOK, "key-1"), 201)
    error = error_of(client.create(DESTINATION, _WEBHOOK, "key-1"), 409)
    assert (error["code"], error["details"]) == ("secret_already_shown", {"id": made["id"]})


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://hooks.example.com/", "scheme"),
        ("https://hooks.example.com:22/", "port"),
        ("https://127.0.0.1/", "host"),
        ("https://localhost/", "host"),
        ("https://a@hooks.example.com/", "user"),
        ("https://hooks.example.com/#a", "fragment"),
        ("https://inside.example.com/", "private_address"),
        ("https://nowhere.example.com/", "unknown_host"),
        ("nonsense", "unreadable"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused(
    client: Client, public_names: dict[str, list[str]], url: str, reason: str
) -> None:
    public_names["inside.example.com"] = ["93.184.215.14", "169.254.169.254"]
    public_names["nowhere.example.com"] = []
    made = _made(client, _WEBHOOK)

    for reply in (
        client.create(DESTINATION, {**_WEBHOOK, "name": "B", "url": url}),
        client.update(DESTINATION, made["id"], {"url": url}),
    ):
        error = error_of(reply, 422)
        assert (error["code"], error["details"]) == ("url_not_allowed", {"reason": reason})
    assert [one["url"] for one in _secrets()] == [_URL]


def test_slack_s_address_is_one_of_slack(client: Client) -> None:
    made = _made(client, _SLACK)
    for reply in (
        client.create(DESTINATION, {**_SLACK, "name": "#b", "url": _URL}),
        client.update(DESTINATION, made["id"], {"url": _URL}),
    ):
        assert error_of(reply, 422)["details"] == {"reason": "host"}


def test_private_addresses_are_refused_unless_the_stack_is_the_embedded_one(
    client: Client, monkeypatch: pytest.MonkeyPatch, public_names: dict[str, list[str]]
) -> None:
    public_names["127.0.0.1"] = ["127.0.0.1"]
    private = {**_WEBHOOK, "url": "http://127.0.0.1:8787/_local/hook/a"}
    assert error_of(client.create(DESTINATION, private), 422)["details"] == {"reason": "scheme"}

    monkeypatch.setenv("PIXEL_ALLOW_PRIVATE_WEBHOOKS", "true")
    settings_module.settings.cache_clear()
    assert settings().allow_private_webhooks == "true"
    assert _made(client, private)["url_host"] == "127.0.0.1:8787"


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, {"kind", "name", "url"}),
        ({**_WEBHOOK, "kind": "mail"}, {"kind"}),
        ({**_WEBHOOK, "url": 1}, {"url"}),
        ({**_WEBHOOK, "events": ["a"]}, {"events"}),
        ({**_WEBHOOK, "events": []}, {"events"}),
        ({**_WEBHOOK, "events": ["ping", "ping"]}, {"events"}),
        ({**_WEBHOOK, "website_ids": ["not an id!"]}, {"website_ids"}),
        ({**_WEBHOOK, "website_ids": [f"admx_{number}" for number in range(51)]}, {"website_ids"}),
        ({**_WEBHOOK, "enabled": "yes"}, {"enabled"}),
        ({**_WEBHOOK, "secret": "whsec_mine"}, {"secret"}),
        ({**_SLACK, "name": "Sales"}, {"name"}),
        ({**_SLACK, "events": ["ping"], "website_ids": ["admx_a"]}, {"events", "website_ids"}),
    ],
)
def test_invalid_fields_are_named(client: Client, body: Mapping[str, Any], paths: set[str]) -> None:
    error = error_of(client.create(DESTINATION, body), 400)
    assert {fault["path"] for fault in error["details"]["fields"]} == paths
    assert "whsec_mine" not in json.dumps(error)


def test_a_change_must_fit_the_kind(client: Client) -> None:
    slack = _made(client, _SLACK)["id"]
    for patch in ({"name": "Sales"}, {"events": ["ping"]}, {"kind": "webhook"}):
        assert error_of(client.update(DESTINATION, slack, patch), 400)["code"] == "invalid_body"


def test_websites_must_be_those_of_the_workspace(client: Client) -> None:
    website = new_website(client)
    assert _made(client, {**_WEBHOOK, "website_ids": [website]})["website_ids"] == [website]
    made = _made(client, {**_WEBHOOK, "name": "B"})
    for unknown in (
        client.create(DESTINATION, {**_WEBHOOK, "name": "C", "website_ids": [website, "admx_nobody"]}),
        client.update(DESTINATION, made["id"], {"website_ids": ["admx_nobody"]}),
    ):
        assert error_of(unknown, 404)["code"] == "website_not_found"
    client.delete(WEBSITE, website)


def test_a_name_is_once_in_a_workspace(client: Client) -> None:
    made = _made(client, _WEBHOOK)
    error = error_of(client.create(DESTINATION, {**_WEBHOOK, "name": "WAREHOUSE"}), 409)
    assert (error["code"], error["details"]) == ("already_exists", {"id": made["id"]})
    client.delete(DESTINATION, made["id"])
    _made(client, _WEBHOOK)


def test_a_workspace_has_at_most_50(client: Client) -> None:
    for number in range(50):
        _made(client, {**_WEBHOOK, "name": f"Hook {number}"})
    assert error_of(client.create(DESTINATION, _WEBHOOK), 409)["details"] == {"limit": 50}


def test_another_workspace_and_a_bound_key_see_none(client: Client) -> None:
    made = _made(client, _WEBHOOK)
    website = new_website(client)
    bound = Client(Caller("ws_1", "key_2", "Bound", tuple(Scope), 100_000, None, website_ids=(website,)))
    for stranger in (client_of("ws_2"), bound):
        assert rows_of(stranger.list(DESTINATION)) == []
        assert stranger.send("list_deliveries").body["data"] == []
        for reply in (
            stranger.get(DESTINATION, made["id"]),
            stranger.update(DESTINATION, made["id"], {"enabled": False}),
            stranger.delete(DESTINATION, made["id"]),
            stranger.send("test_destination", made["id"]),
            stranger.send("rotate_secret", made["id"]),
        ):
            assert error_of(reply, 404)["details"] == {"kind": "destinations"}
    assert error_of(bound.create(DESTINATION, {**_WEBHOOK, "name": "B"}), 403)["code"] == "not_grantable"


def test_a_destination_that_was_disabled_is_resumed(client: Client) -> None:
    made = _made(client, _WEBHOOK)
    store = function_store()
    values = {"enabled": False, "disabled_reason": "gone", "failing_since": "2026-03-01T00:00:00Z"}
    store.update(DESTINATION, "ws_1", made["id"], values)

    resumed = data_of(client.update(DESTINATION, made["id"], {"enabled": True}))

    assert (resumed["enabled"], resumed["disabled_reason"], resumed["failing_since"]) == (True, None, None)


def test_lists_have_pages_and_no_filter_by_website(client: Client) -> None:
    ids = [_made(client, {**_WEBHOOK, "name": f"Hook {number}"})["id"] for number in range(3)]
    first = client.list(DESTINATION, limit="2")
    second = client.list(DESTINATION, cursor=first.body["meta"]["next_cursor"])
    assert sorted(one["id"] for one in (*rows_of(first), *rows_of(second))) == sorted(ids)
    assert error_of(client.list(DESTINATION, website_id="admx_a"), 400)["code"] == "invalid_query"
