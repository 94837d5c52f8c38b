"""Static tokens: what each may do, and how a missing or foreign one is refused."""

import base64
import json

import pytest

from tests.local.tinybird.running import StandIn, visit


def test_append_tokens_are_for_their_datasources(stand_in: StandIn, workspace_id: str) -> None:
    body = json.dumps(visit(workspace_id)).encode()
    purchases = {"name": "purchases"}
    visits = {"name": "visits"}

    assert stand_in.call("POST", "/v0/events", visits, body=body, token=stand_in.token("ingest_visits")).status == 202
    assert stand_in.call("POST", "/v0/events", visits, body=body, token=stand_in.token("ingest")).status == 202
    assert stand_in.call("POST", "/v0/events", purchases, body=body, token=stand_in.token("ingest")).status == 202
    refused = stand_in.call("POST", "/v0/events", purchases, body=body, token=stand_in.token("ingest_visits"))
    assert refused.status == 403
    assert "DATASOURCES:APPEND" in refused.error


def test_append_tokens_cannot_read(stand_in: StandIn) -> None:
    token = stand_in.token("ingest")

    assert stand_in.pipe("top_paths", token, workspace_id="w").status == 403
    assert stand_in.call("GET", "/v0/datasources/visits", token=token).status == 403
    assert stand_in.call("POST", "/v0/datasources/visits/delete", token=token).status == 403
    assert stand_in.call("GET", "/_sql", {"q": "SELECT 1"}, token=token).status == 403


def test_read_tokens_are_for_their_pipes(stand_in: StandIn) -> None:
    assert stand_in.pipe("top_paths", stand_in.token("dashboard"), workspace_id="w").status == 200
    assert stand_in.pipe("visitors_by", stand_in.token("partner"), workspace_id="w", by="device").status == 200
    assert stand_in.pipe("top_paths", stand_in.token("partner"), workspace_id="w").status == 403
    assert stand_in.append(visit("w")).status == 202
    body = json.dumps(visit("w")).encode()
    refused = stand_in.call("POST", "/v0/events", {"name": "visits"}, body=body, token=stand_in.token("dashboard"))
    assert refused.status == 403


def test_token_may_stand_in_the_query(stand_in: StandIn) -> None:
    arguments = {"workspace_id": "w", "token": stand_in.token("dashboard")}

    assert stand_in.call("GET", "/v0/pipes/top_paths.json", arguments, token=None).status == 200
    assert stand_in.call("GET", "/v0/pipes/top_paths.json", arguments, token="p.wrong.token").status == 403


@pytest.mark.parametrize("token", [None, "", "nonsense", "p.nonsense.x", "p.e30.x"])
def test_no_token_of_this_workspace_is_403(stand_in: StandIn, token: str | None) -> None:
    answer = stand_in.pipe("top_paths", token, workspace_id="w")

    assert answer.status == 403
    assert set(answer.json) == {"error", "documentation"}


def test_token_of_another_workspace_is_404(stand_in: StandIn) -> None:
    payload = base64.urlsafe_b64encode(json.dumps({"u": "other", "id": "x", "host": None}).encode()).decode()

    for path in ("/v0/events", "/v0/pipes/top_paths.json"):
        method = "POST" if path == "/v0/events" else "GET"
        assert stand_in.call(method, path, {"name": "visits"}, token=f"p.{payload}.x", body=b"{}").status == 404


def test_admin_token_with_another_signature_is_403(stand_in: StandIn) -> None:
    head, _, signature = stand_in.admin_token.rpartition(".")

    assert stand_in.pipe("top_paths", f"{head}.{signature[::-1]}", workspace_id="w").status == 403


@pytest.mark.parametrize(
    "query", ["DROP TABLE visits", "INSERT INTO visits (event_id) VALUES ('x')", "SET readonly = 0"]
)
def test_the_sql_of_the_curious_cannot_write(stand_in: StandIn, query: str) -> None:
    answer = stand_in.call("GET", "/_sql", {"q": query})

    assert (answer.status, "READONLY" in answer.error or "readonly" in answer.error) == (400, True)


def test_tokens_file_says_what_each_token_may_do(stand_in: StandIn) -> None:
    declared = stand_in.tokens["tokens"]

    assert set(declared) == {"ingest", "ingest_visits", "dashboard", "partner"}
    assert declared["ingest_visits"]["scopes"] == [{"type": "DATASOURCES:APPEND", "resource": "visits"}]
    assert {scope["resource"] for scope in declared["dashboard"]["scopes"]} == {"top_paths", "visitors_by"}
    payload = stand_in.admin_token.split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(payload + "==="))["u"] == stand_in.tokens["workspace_id"]
