"""POST /share/open asks for the password of a link that has one, and takes no other."""

from typing import TYPE_CHECKING

import pytest

from pixel.auth import passwords
from tests.conftest import Output
from tests.routes.dashboard.dashboards import open_link, share

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("no_sleep")

_PASSWORD = "correct horse"


def test_a_password_is_required(tables: "DynamoDBServiceResource", output: Output) -> None:
    link = share(tables, password=_PASSWORD)

    for given in (None, ""):
        reply = open_link(link.token, given)
        assert (reply.status, reply.body["error"]["code"]) == (401, "password_required")
    assert link.token not in output.text


def test_another_password_is_wrong_and_logged_nowhere(tables: "DynamoDBServiceResource", output: Output) -> None:
    link = share(tables, password=_PASSWORD)

    reply = open_link(link.token, "wrong horse")

    assert (reply.status, reply.body["error"]["code"]) == (401, "password_wrong")
    assert "wrong horse" not in output.text


def test_a_password_costs_nothing_without_a_link_that_has_one(
    tables: "DynamoDBServiceResource", output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hash takes 0.2 s and 32 MiB, which anybody could ask for again and again."""
    hashed: list[str] = []

    def is_right(password: str, _written: str) -> bool:
        hashed.append(password)
        return False

    monkeypatch.setattr(passwords, "is_right", is_right)
    link = share(tables)
    guarded = share(tables, website_id="admx_2", password=_PASSWORD)

    open_link(f"share_{'0' * 43}", "guess")
    open_link("nonsense", "guess")
    open_link(link.token, "guess")
    open_link(guarded.token)
    assert hashed == []
    open_link(guarded.token, "guess")
    assert hashed == ["guess"]
    assert output.text
