"""JSON Web Tokens: the signature, the claims, the scope, and fixed parameters that nothing overrides."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.local.tinybird.running import StandIn, new_id, visit

Claims = dict[str, Any]


def test_a_signed_token_reads_its_pipe(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.append(visit(workspace_id))
    token = stand_in.jwt(stand_in.claims("top_paths", {"workspace_id": workspace_id}))

    answer = stand_in.pipe("top_paths", token)

    assert answer.status == 200
    assert answer.json["data"] == [{"path": "/", "visitors": 1, "views": 1}]


def test_the_header_does_not_matter(stand_in: StandIn) -> None:
    """Tinybird ignores `alg`: "none" buys nobody anything, and its absence hurts nobody."""
    claims = stand_in.claims("top_paths", {"workspace_id": "w"})
    _, payload, signature = stand_in.jwt(claims).split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()

    assert stand_in.pipe("top_paths", f"{header}.{payload}.{signature}").status == 403
    assert stand_in.pipe("top_paths", f"{header}.{payload}.").status == 403


def _without(name: str) -> Callable[[Claims], Claims]:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


def _with(**changed: Any) -> Callable[[Claims], Claims]:
    return lambda claims: {**claims, **changed}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_without("exp"), "exp"),
        (_with(exp=int(time.time()) - 1), "expired"),
        (_with(exp=str(int(time.time()) + 60)), "exp"),
        (_with(exp=True), "exp"),
        (_with(exp=time.time() + 60.5), "exp"),
        (_without("name"), "name"),
        (_without("workspace_id"), "workspace_id"),
        (_with(workspace_id="other"), "workspace_id"),
        (_without("scopes"), "scopes"),
        (_with(scopes=[]), "scopes"),
        (_with(scopes="PIPES:READ"), "scopes"),
        (_with(scopes=[{"type": "PIPES:READ"}]), "scope"),
        (_with(scopes=[{"type": "PIPES:READ", "resource": "top_paths", "fixed_params": [1]}]), "fixed_params"),
        (_with(scopes=[{"type": "PIPES:READ", "resource": "visitors_by"}]), "no PIPES:READ scope for 'top_paths'"),
        (_with(scopes=[{"type": "DATASOURCES:READ", "resource": "top_paths"}]), "no PIPES:READ scope"),
    ],
)
def test_a_claim_that_is_missing_or_wrong_is_403(
    stand_in: StandIn, change: Callable[[Claims], Claims], says: str
) -> None:
    token = stand_in.jwt(change(stand_in.claims("top_paths", {"workspace_id": "w"})))

    answer = stand_in.pipe("top_paths", token, workspace_id="w")

    assert answer.status == 403
    assert says in answer.error
    assert "jwt" in answer.json["documentation"]


def test_another_secret_is_403(stand_in: StandIn) -> None:
    claims = stand_in.claims("top_paths", {"workspace_id": "w"})

    for secret in (stand_in.token("dashboard"), stand_in.admin_token[:-1], "secret"):
        answer = stand_in.pipe("top_paths", stand_in.jwt(claims, secret=secret))
        assert (answer.status, "signature" in answer.error) == (403, True)


def test_a_changed_payload_is_403(stand_in: StandIn) -> None:
    claims = stand_in.claims("top_paths", {"workspace_id": "w"})
    header, _, signature = stand_in.jwt(claims).split(".")
    changed = {**claims, "scopes": [{"type": "PIPES:READ", "resource": "top_paths"}]}
    payload = base64.urlsafe_b64encode(json.dumps(changed).encode()).rstrip(b"=").decode()

    assert stand_in.pipe("top_paths", f"{header}.{payload}.{signature}", workspace_id="w").status == 403


def test_every_other_spelling_of_a_signature_is_403(stand_in: StandIn) -> None:
    """Base64 has spare bits at its end: only one spelling counts."""
    token = stand_in.jwt(stand_in.claims("top_paths", {"workspace_id": "w"}))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    for last in alphabet.replace(token[-1], ""):
        assert stand_in.pipe("top_paths", token[:-1] + last).status == 403
    assert stand_in.pipe("top_paths", token + "=").status == 403
    assert stand_in.pipe("top_paths", token + ".x").status == 403


def test_another_api_is_403(stand_in: StandIn) -> None:
    token = stand_in.jwt(stand_in.claims("top_paths", {"workspace_id": "w"}))

    assert stand_in.call("POST", "/v0/events", {"name": "visits"}, token=token, body=b"{}").status == 403
    assert stand_in.call("POST", "/v0/datasources/visits/delete", token=token).status == 403
    assert stand_in.call("GET", "/_sql", {"q": "SELECT 1"}, token=token).status == 403


def test_a_token_that_claims_to_append_is_403(stand_in: StandIn) -> None:
    claims = stand_in.claims("top_paths", {}, scopes=[{"type": "DATASOURCES:APPEND", "resource": "visits"}])

    assert stand_in.call("POST", "/v0/events", {"name": "visits"}, token=stand_in.jwt(claims), body=b"{}").status == 403


@pytest.mark.parametrize(
    "query",
    [
        {"workspace_id": "{other}"},
        [("workspace_id", "{other}"), ("workspace_id", "{other}")],
        {"workspace_id": "{own}", "WORKSPACE_ID": "{other}"},
        {"workspace_id[]": "{other}"},
        {"workspace_id": "{other}' OR '1'='1"},
        {"workspace_id": ""},
        {"fixed_params": '{{"workspace_id": "{other}"}}'},
        {"String": "{other}", "defined": "{other}", "tb_secrets": "{other}", "__builtins__": "{other}"},
        {"expression_wrapper": "{other}", "_tt_utf8": "{other}", "symbol": "{other}"},
        {"_": "{other}", "chosen": "{other}", "visits_once": "{other}"},
    ],
)
def test_nothing_in_the_query_overrides_fixed_params(
    stand_in: StandIn, query: dict[str, str] | list[tuple[str, str]]
) -> None:
    own, other = new_id(), new_id()
    stand_in.append(visit(own, page={"path": "/own"}), visit(other, page={"path": "/foreign"}))
    token = stand_in.jwt(stand_in.claims("top_paths", {"workspace_id": own}))
    pairs = list(query.items()) if isinstance(query, dict) else query
    sent = [(name, value.format(own=own, other=other)) for name, value in pairs]

    answer = stand_in.call("GET", "/v0/pipes/top_paths.json", sent, token=token)

    assert answer.status == 200
    assert [row["path"] for row in answer.json["data"]] == ["/own"]


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_nothing_in_the_body_overrides_fixed_params(stand_in: StandIn, content_type: str) -> None:
    own, other = new_id(), new_id()
    stand_in.append(visit(own, page={"path": "/own"}), visit(other, page={"path": "/foreign"}))
    token = stand_in.jwt(stand_in.claims("top_paths", {"workspace_id": own}))
    for value in (other, [own, other], {"own": other}):
        sent = {"workspace_id": value}
        body = json.dumps(sent) if content_type.endswith("json") else urlencode(sent, doseq=True)
        headers = {"Content-Type": content_type}
        answer = stand_in.call("POST", "/v0/pipes/top_paths.json", token=token, body=body.encode(), headers=headers)

        assert [row["path"] for row in answer.json["data"]] == ["/own"]


def test_a_fixed_null_is_not_filled_from_the_query(stand_in: StandIn) -> None:
    token = stand_in.jwt(stand_in.claims("top_paths", {"workspace_id": None}))

    assert stand_in.pipe("top_paths", token, workspace_id="w").status == 400


def test_what_is_not_fixed_is_the_callers(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.append(*(visit(workspace_id, page={"path": f"/{number}"}) for number in range(3)))
    token = stand_in.jwt(stand_in.claims("top_paths", {"workspace_id": workspace_id}))

    assert stand_in.pipe("top_paths", token, limit=2).json["rows"] == 2


def test_post_processing_reads_the_answer_and_nothing_else(stand_in: StandIn) -> None:
    own, other = new_id(), new_id()
    stand_in.append(visit(own), visit(other), visit(other))
    token = stand_in.jwt(stand_in.claims("top_paths", {"workspace_id": own}))

    assert stand_in.pipe("top_paths", token, q="SELECT sum(views) AS n FROM _").json["data"] == [{"n": 1}]
    for query in (
        "SELECT * FROM visits",
        "SELECT * FROM system.tables",
        "SELECT * FROM file('/etc/passwd')",
        "nonsense",
    ):
        refused = stand_in.pipe("top_paths", token, q=query)
        assert refused.status == 400
        assert other not in refused.body.decode()


def test_requests_per_second_are_counted_by_name(stand_in: StandIn) -> None:
    name = new_id()
    claims = stand_in.claims("top_paths", {"workspace_id": "w"}, name=name, limits={"rps": 2})
    answers = [stand_in.pipe("top_paths", stand_in.jwt(claims)) for _ in range(12)]
    refused = [answer for answer in answers if answer.status == 429]

    assert answers[0].status == 200
    assert answers[0].headers["X-RateLimit-Limit"] == "2"
    assert refused
    assert refused[0].headers["Retry-After"] == "1"
    assert stand_in.pipe("top_paths", stand_in.jwt({**claims, "name": new_id()})).status == 200


@pytest.mark.parametrize("limits", [{"rps": 0}, {"rps": -1}, {}, None])
def test_no_limit(stand_in: StandIn, limits: dict[str, int] | None) -> None:
    claims = stand_in.claims("top_paths", {"workspace_id": "w"}, name=new_id(), limits=limits)

    assert {stand_in.pipe("top_paths", stand_in.jwt(claims)).status for _ in range(8)} == {200}
