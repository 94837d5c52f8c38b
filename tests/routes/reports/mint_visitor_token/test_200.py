"""GET /visitors/{id} answers with a token for that visitor's profile, and for no other's."""

import base64
import json
import time
from typing import Any
from urllib.parse import quote

import pytest

from functions.reports.mint_visitor_token.handler import handler
from pixel.auth.caller import Caller
from pixel.events.digests import digest_of_external_id
from pixel.events.models import read_identify
from pixel.events.rows import Identity, row_of_identify
from tests.local.tinybird.running import StandIn
from tests.routes.asked_reports import add_pageviews, append, asking
from tests.routes.gateway import Reply, send

pytestmark = pytest.mark.usefixtures("warehouse", "output")


def _mint(caller: Caller, segment: str, **query: str) -> Reply:
    return send(handler, asking("mint_visitor_token", caller, {"id": segment}, query))


def _fixed(reply: Reply) -> Any:
    payload = reply.body["data"]["token"].split(".")[1]
    (scope,) = json.loads(base64.urlsafe_b64decode(payload + "=="))["scopes"]
    assert scope["resource"] == "p_visitor_profile"
    return scope["fixed_params"]


def test_the_token_shows_the_visitor_and_no_other(caller: Caller, warehouse: StandIn) -> None:
    caller = caller._replace(workspace_id="ws_visitor")
    add_pageviews(warehouse, "ws_visitor", "admx_1", "/", "/pricing")
    add_pageviews(warehouse, "ws_other", "admx_1", "/foreign")

    data = _mint(caller, "visitor").body["data"]

    assert (data["pipe"], data["url"]) == ("p_visitor_profile", f"{warehouse.url}/v0/pipes/p_visitor_profile.json")
    for moved in ({}, {"visitor_id": "another"}, {"workspace_id": "ws_other"}):
        (profile,) = warehouse.pipe("p_visitor_profile", data["token"], **moved).json["data"]
        assert (profile["visitor_id"], profile["pageviews"]) == ("visitor", 2)
    assert warehouse.pipe("p_visitor_timeline", data["token"]).status == 403


def test_a_visitor_that_never_was_has_no_rows(caller: Caller, warehouse: StandIn) -> None:
    data = _mint(caller, "nobody").body["data"]

    assert warehouse.pipe("p_visitor_profile", data["token"]).json["data"] == []


@pytest.mark.parametrize(
    "visitor_id", ["a/b", "a b", "50%", "%41", "ü", "a+b", "visitor@example.com", "v" * 128, "'; --"]
)
def test_an_id_is_decoded_once(caller: Caller, visitor_id: str) -> None:
    assert _fixed(_mint(caller, quote(visitor_id, safe=""))) == {"workspace_id": "ws_1", "visitor_id": visitor_id}


def test_an_id_is_trimmed(caller: Caller) -> None:
    assert _fixed(_mint(caller, "%20%20visitor%09"))["visitor_id"] == "visitor"


def test_an_external_id_opens_the_visitors_of_that_person_alone(caller: Caller, warehouse: StandIn) -> None:
    caller = caller._replace(workspace_id="ws_external")
    add_pageviews(warehouse, "ws_external", "admx_1", "/")
    identify = read_identify({"website_id": "admx_1", "visitor_id": "visitor", "external_id": "jane@example.com"})
    now_ms = int(time.time() * 1000)
    append(warehouse, "identities", row_of_identify(identify, Identity("ws_external", "i", "visitor", now_ms, now_ms)))

    jane, john = (_mint(caller, quote(f"{name}@Example.com"), id_type="external_id") for name in ("Jane", "john"))

    assert _fixed(jane)["external_id_hash"] == digest_of_external_id("jane@example.com")
    assert "example" not in json.dumps(jane.body)
    token = jane.body["data"]["token"]
    for moved in ({}, {"visitor_id": "another"}, {"external_id_hash": "0" * 64}):
        assert [row["visitor_id"] for row in warehouse.pipe("p_visitor_profile", token, **moved).json["data"]] == [
            "visitor"
        ]
    for moved in ({}, {"visitor_id": "visitor"}):
        assert warehouse.pipe("p_visitor_profile", john.body["data"]["token"], **moved).json["data"] == []


def test_a_mint_costs_the_counter_alone(caller: Caller, sent: list[str]) -> None:
    _mint(caller, "visitor")
    sent.clear()

    _mint(caller, "visitor")

    assert sent == ["UpdateItem"]
