"""POST /pixel/dashboard-sessions returns an address that opens the dashboard of the website."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from functions.dashboard.dashboard_page.handler import handler as dashboard_page
from functions.dashboard.open_dashboard.handler import handler
from pixel.auth.caller import Caller
from pixel.foundation import container
from tests.conftest import Frozen
from tests.links_given import new_link, store_with_workspaces
from tests.routes.dashboard.dashboards import ask, share
from tests.routes.dashboard.pages import assert_is_page, opened
from tests.routes.gateway import Reply, event_of, send

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")


def _ask_for(caller: Caller, headers: dict[str, str] | None = None, **body: Any) -> Reply:
    asked = event_of(caller, "open_dashboard")
    asked["body"] = json.dumps(body)
    asked["multiValueHeaders"] |= {name: [value] for name, value in (headers or {}).items()}
    return send(handler, asked)


@pytest.mark.usefixtures("frozen")
def test_the_address_holds_a_session_behind_the_hash(tables: "DynamoDBServiceResource", caller: Caller) -> None:
    share(tables)

    reply = _ask_for(caller, website_id="admx_1")

    assert (reply.status, reply.body["data"]["expires_at"]) == (201, "2026-03-04T06:06:10Z")
    address = urlsplit(reply.body["data"]["url"])
    assert address._replace(fragment="").geturl() == (
        "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/live/dashboard"
    )
    head = ask(address.fragment.removeprefix("s=")).body["data"]
    assert head["website"]["id"] == "admx_1"
    assert head["panels"] == [
        *("summary", "series", "pages", "sources", "places", "devices", "goals", "realtime", "revenue", "retention")
    ]


def test_panels_time_steps_and_embedding_are_as_asked(
    tables: "DynamoDBServiceResource", caller: Caller, frozen: Frozen
) -> None:
    share(tables)

    reply = _ask_for(
        caller,
        website_id="admx_1",
        panels=["funnel", "summary"],
        steps=["/", "payment"],
        ttl_seconds=60,
        embed_origins=["https://app.example.com"],
    )

    address = urlsplit(reply.body["data"]["url"])
    session = address.fragment.removeprefix("s=")
    assert ask(session).body["data"]["panels"] == ["summary", "funnel"]
    assert ask(session, panels="pages").status == 403
    query = {"embed": parse_qs(address.query)["embed"][0]}
    assert_is_page(opened("dashboard_page", dashboard_page, query=query), root="./", origins="https://app.example.com")
    frozen.move(60)
    assert ask(session).status == 401


def test_links_are_shown_to_owners_of_some_and_asked_for_where_they_may_be(
    tables: "DynamoDBServiceResource", caller: Caller, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def panels() -> list[str]:
        url = _ask_for(caller, website_id="admx_1").body["data"]["url"]
        return list(ask(urlsplit(url).fragment.removeprefix("s=")).body["data"]["panels"])

    share(tables)
    assert "links" not in panels()
    new_link(store_with_workspaces(), workspace_id=caller.workspace_id)
    assert panels()[-1] == "links"
    assert _ask_for(caller, website_id="admx_1", panels=["links"]).status == 201

    monkeypatch.setenv("PIXEL_LINKS_TABLE", "")
    container.forget_environment()
    sent.clear()
    assert "links" not in panels()
    assert "Query" not in sent


def test_below_a_domain_of_its_own_the_address_has_no_stage(tables: "DynamoDBServiceResource", caller: Caller) -> None:
    share(tables)
    asked = event_of(caller, "open_dashboard")
    asked["requestContext"]["path"] = "/api/v1/pixel/dashboard-sessions"
    asked["multiValueHeaders"] |= {"Host": ["stats.example.com"]}
    asked["body"] = json.dumps({"website_id": "admx_1"})

    url = send(handler, asked).body["data"]["url"]

    assert url.startswith("https://stats.example.com/dashboard#s=")


def test_a_deleted_website_ends_the_sessions_of_its_owner(tables: "DynamoDBServiceResource", caller: Caller) -> None:
    share(tables)
    url = _ask_for(caller, website_id="admx_1").body["data"]["url"]
    tables.Table("test-workspace").delete_item(Key={"workspace_id": "ws_1", "item": "WEBSITE#admx_1"})

    assert ask(url.rpartition("#s=")[2]).status == 401
