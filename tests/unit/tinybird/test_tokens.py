"""A minted token is one that Tinybird takes, for one pipe, for two minutes, with parameters that nobody moves."""

import base64
import json
import time

import jwt
import pytest

from pixel.aws import secrets
from pixel.foundation.settings import ConfigurationError
from pixel.tinybird.credentials import ADMIN_TOKEN, was_rotated
from pixel.tinybird.tokens import mint
from tests.conftest import Frozen, put_secret
from tests.environment import TINYBIRD_WORKSPACE_ID
from tests.local.tinybird.running import StandIn

_FIXED = {"workspace_id": "ws_1", "website_id": "admx_1"}


def _admin_token(payload: object) -> str:
    encoded = base64.urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=").decode()
    return f"p.{encoded}.a-signature-of-tinybird"


@pytest.mark.usefixtures("tables")
def test_a_token_says_what_it_is_for_and_nothing_more(frozen: Frozen) -> None:
    secret = _admin_token({"u": TINYBIRD_WORKSPACE_ID, "id": "1", "host": "eu"})
    put_secret(ADMIN_TOKEN, secret)

    token = mint("p_geo", _FIXED, name="ws_1.key_1")

    assert (token.pipe, token.url) == ("p_geo", "http://127.0.0.1:1/v0/pipes/p_geo.json")
    assert token.expires_at == frozen.seconds + 120
    assert jwt.get_unverified_header(token.text) == {"alg": "HS256", "typ": "JWT"}
    assert jwt.decode(token.text, secret, algorithms=["HS256"], options={"verify_exp": False}) == {
        "workspace_id": TINYBIRD_WORKSPACE_ID,
        "name": "ws_1.key_1",
        "exp": frozen.seconds + 120,
        "scopes": [{"type": "PIPES:READ", "resource": "p_geo", "fixed_params": _FIXED}],
        "limits": {"rps": 50},
    }


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize(
    "secret",
    [
        *["pp", "p.", "p.!!!.x", "no token at all", "p.bm90IGpzb24.x"],
        *[_admin_token([]), _admin_token({"id": "1"}), _admin_token(7), _admin_token({"u": None})],
        _admin_token({"u": "99999999-2222-4333-8444-555555555555"}),
    ],
)
def test_an_admin_token_that_is_not_this_workspace_s_is_refused_before_it_signs(secret: str) -> None:
    put_secret(ADMIN_TOKEN, secret)

    with pytest.raises(ConfigurationError) as caught:
        mint("p_geo", _FIXED, name="ws_1.key_1")

    assert ADMIN_TOKEN in str(caught.value)
    assert secret not in str(caught.value)


@pytest.mark.parametrize(("seconds_ago", "status"), [(100, 200), (121, 403)])
def test_tinybird_takes_a_token_for_two_minutes(
    warehouse: StandIn, monkeypatch: pytest.MonkeyPatch, seconds_ago: int, status: int
) -> None:
    monkeypatch.setattr("pixel.tinybird.tokens.epoch_seconds", lambda: time.time() - seconds_ago)

    token = mint("p_geo", {"workspace_id": "ws_1"}, name="ws_1.key_1")

    assert warehouse.pipe("p_geo", token.text).status == status


def test_tinybird_refuses_a_token_for_another_pipe_or_with_another_payload(warehouse: StandIn) -> None:
    token = mint("p_geo", {"workspace_id": "ws_1"}, name="ws_1.key_1").text
    head, payload, signature = token.split(".")
    changed = json.loads(base64.urlsafe_b64decode(payload + "=="))
    changed["scopes"][0]["fixed_params"]["workspace_id"] = "ws_2"
    forged = base64.urlsafe_b64encode(json.dumps(changed).encode()).rstrip(b"=").decode()

    assert warehouse.pipe("p_geo", token).status == 200
    assert warehouse.pipe("p_tech", token).status == 403
    assert warehouse.pipe("p_geo", f"{head}.{forged}.{signature}").status == 403
    assert warehouse.call("GET", "/_sql", {"q": "SELECT 1"}, token=token).status != 200


def test_an_exchanged_admin_token_is_noticed_once_a_refusal_makes_us_look(warehouse: StandIn, frozen: Frozen) -> None:
    put_secret(ADMIN_TOKEN, _admin_token({"u": warehouse.tokens["workspace_id"], "id": "old"}))
    before = mint("p_geo", _FIXED, name="n").text
    frozen.move(30)
    assert not was_rotated(ADMIN_TOKEN)

    put_secret(ADMIN_TOKEN, f"{warehouse.admin_token}\n")  # as a terminal pastes it
    frozen.move(30)

    assert was_rotated(ADMIN_TOKEN)
    assert before.split(".")[2] != mint("p_geo", _FIXED, name="n").text.split(".")[2]
    assert secrets.read_secret(ADMIN_TOKEN) == warehouse.admin_token
