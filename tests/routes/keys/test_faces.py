"""Keys of other faces under the hands of keys: these see, narrow and revoke them, and make none."""

from typing import TYPE_CHECKING

import pytest

from tests.routes.keys.managed import ALL, add_key, add_workspace, ask, code_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep", "frozen")

_SITE = ["site:read", "site:write"]


@pytest.fixture
def maker(tables: "DynamoDBServiceResource") -> str:
    add_workspace(tables, "ws_1", "admx_1", "admx_2")
    return add_key("ws_1", scopes=ALL)[0]


def test_no_key_makes_a_key_of_another_face(maker: str) -> None:
    _, record = add_key("ws_1", scopes=_SITE, website_ids=["admx_1"])
    _, of_core = add_key("ws_1", scopes=["pixel:read"], website_ids=["admx_1"])
    mine, theirs = {"id": of_core.key_id}, {"id": record.key_id}

    created = ask("create_key", maker, body={"name": "x", "scopes": _SITE, "website_ids": ["admx_1"]})
    mixed = ask("create_key", maker, body={"name": "x", "scopes": [*_SITE, "pixel:read"], "website_ids": ["admx_1"]})
    changed = ask("update_key", maker, path=mine, body={"scopes": ["site:read"]})
    rotated = ask("rotate_key", maker, path=theirs, body={})

    assert [code_of(one) for one in (created, changed, rotated)] == [(403, "not_grantable")] * 3
    assert code_of(mixed) == (400, "invalid_body")


def test_a_key_of_another_face_keeps_its_website_and_may_be_narrowed_and_revoked(maker: str) -> None:
    _, record = add_key("ws_1", scopes=_SITE, website_ids=["admx_1"], limits={"read": [5, 60]})
    path = {"id": record.key_id}

    for website_ids in (None, ["admx_2"], ["admx_1", "admx_2"]):
        assert code_of(ask("update_key", maker, path=path, body={"website_ids": website_ids}))[0] == 403
    narrowed = ask("update_key", maker, path=path, body={"scopes": ["site:read"], "website_ids": ["admx_1"]})
    shown = ask("get_key", maker, path=path)
    revoked = ask("revoke_key", maker, path=path)

    assert (narrowed.status, shown.status, revoked.status) == (200, 200, 200)
    assert (shown.body["data"]["scopes"], shown.body["data"]["website_ids"]) == (["site:read"], ["admx_1"])
    assert shown.body["data"]["kind"] == "secret"
