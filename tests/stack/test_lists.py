"""What a workspace owns, over HTTP: at once after pixelctl made it, not after it deleted it, and to nobody else."""

from typing import Any, NamedTuple

import pytest

from pixel.auth.caller import Scope
from tests.stack.commands import pixelctl
from tests.stack.conftest import Tenant, new_tenant
from tests.stack.running import RunningStack

_LISTS = ("websites", "goals", "alerts", "reports", "share-links")
_PASSWORD = "correct horse battery"


class _Owned(NamedTuple):
    """A website, and one of everything on it: what pixelctl printed, by list."""

    tenant: Tenant
    key: str
    made: dict[str, Any]

    @property
    def website_id(self) -> str:
        return str(self.made["websites"]["id"])


def _equip(stack: RunningStack, domain: str) -> _Owned:
    tenant = new_tenant(stack)
    ws = tenant.workspace_id
    website = pixelctl(stack, "website", "create", ws, "--domain", domain, "--name", "Shop")
    on_it = [ws, "--website", website["id"]]
    alert = ["--metric", "bounce_rate", "--threshold", "0.75", "--channel", "slack"]
    report = ["--cadence", "weekly", "--channel", "email", "--recipients", "ann@example.com"]
    link = ["--expires", "90d", "--password-stdin"]
    made = {
        "websites": website,
        "goals": pixelctl(stack, "goal", "create", *on_it, "--name", "Buy", "--selector", "#buy"),
        "alerts": pixelctl(stack, "alert", "create", *on_it, *alert),
        "reports": pixelctl(stack, "report", "create", *on_it, *report),
        "share-links": pixelctl(stack, "share-link", "create", *on_it, *link, typed=f"{_PASSWORD}\n"),
    }
    return _Owned(tenant, tenant.key(Scope.READ), made)


@pytest.fixture(scope="module")
def shops(stack: RunningStack) -> tuple[_Owned, _Owned]:
    return _equip(stack, "one.example.com"), _equip(stack, "two.example.com")


def _as_answered(name: str, made: dict[str, Any]) -> dict[str, Any]:
    if name == "websites":
        return {"createdAt" if field == "created_at" else field: value for field, value in made.items()}
    return made


def _list(stack: RunningStack, name: str, key: str, query: str = "") -> Any:
    answer = stack.call(f"/api/v1/pixel/{name}{query}", key=key)
    assert answer.status == 200, answer.body
    return answer.json["data"]


@pytest.mark.parametrize("name", _LISTS)
def test_what_pixelctl_made_is_listed_at_once_and_to_its_workspace_alone(
    stack: RunningStack, shops: tuple[_Owned, _Owned], name: str
) -> None:
    for shop in shops:
        [row] = _list(stack, name, shop.key)
        made = _as_answered(name, shop.made[name])
        assert row == {field: made[field] for field in row}


@pytest.mark.parametrize("name", _LISTS)
def test_a_website_of_somebody_else_and_one_of_nobody_are_answered_alike(
    stack: RunningStack, shops: tuple[_Owned, _Owned], name: str
) -> None:
    mine, other = shops
    answers = [
        stack.call(f"/api/v1/pixel/{name}?website_id={website_id}", key=mine.key)
        for website_id in (other.website_id, "admx_none")
    ]

    bodies = [answer.body.replace(answer.json["meta"]["request_id"].encode(), b"") for answer in answers]
    assert bodies[0] == bodies[1] == b'{"data":[],"meta":{"request_id":""}}'
    assert len(_list(stack, name, mine.key, f"?website_id={mine.website_id}")) == 1


def test_no_secret_of_a_share_link_comes_out(stack: RunningStack, shops: tuple[_Owned, _Owned]) -> None:
    made = shops[0].made["share-links"]

    body = stack.call("/api/v1/pixel/share-links", key=shops[0].key).body.decode()

    assert made["token_prefix"] in body
    assert made["token"] not in body
    assert "hash" not in body
    assert "scrypt" not in body


@pytest.mark.parametrize(
    "query",
    [
        *(
            "?page=5",
            "?website_id=admx_1&website_id=admx_1",
            "?website_id=a%20b",
            "?website_id=%00",
            "?website_id=%2F",
        ),
        *("?website_id=%C3%A9", "?website_id=%FF", "?website_id=%0D%0A", f"?website_id={'x' * 2048}", "?website_id="),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(stack: RunningStack, shops: tuple[_Owned, _Owned], query: str) -> None:
    answer = stack.call(f"/api/v1/pixel/goals{query}", key=shops[1].key)

    assert (answer.status, answer.code) == (400, "invalid_query")
    [fault] = answer.json["error"]["details"]["fields"]
    assert fault["path"] == query[1:].partition("=")[0]


def test_a_key_that_may_not_read_is_told_so(stack: RunningStack, shops: tuple[_Owned, _Owned]) -> None:
    key = shops[0].tenant.key(Scope.WRITE)

    assert {stack.call(f"/api/v1/pixel/{name}", key=key).code for name in _LISTS} == {"insufficient_scope"}


def test_a_change_shows_at_once(stack: RunningStack, shops: tuple[_Owned, _Owned]) -> None:
    shop = shops[0]

    pixelctl(stack, "report", "update", shop.tenant.workspace_id, shop.made["reports"]["id"], "--cadence", "daily")
    try:
        assert _list(stack, "reports", shop.key)[0]["cadence"] == "daily"
    finally:
        pixelctl(stack, "report", "update", shop.tenant.workspace_id, shop.made["reports"]["id"], "--cadence", "weekly")


def test_what_is_deleted_disappears_and_a_website_takes_all_along(stack: RunningStack) -> None:
    shop = _equip(stack, "gone.example.com")
    ws = shop.tenant.workspace_id
    pixelctl(stack, "alert", "delete", ws, shop.made["alerts"]["id"])
    assert _list(stack, "alerts", shop.key) == []
    assert len(_list(stack, "goals", shop.key)) == 1

    deleted = pixelctl(stack, "website", "delete", ws, shop.website_id, "--yes")

    assert deleted["deleted_with_it"] == {"goals": 1, "alerts": 0, "reports": 1, "share_links": 1}
    assert [_list(stack, name, shop.key) for name in _LISTS] == [[]] * 5


@pytest.mark.parametrize("name", _LISTS)
def test_the_demo_has_some_of_each(stack: RunningStack, name: str) -> None:
    keys = (stack.state["keys"]["read"], stack.state["other"]["keys"]["read"])

    mine, other = ({row["id"] for row in _list(stack, name, key)} for key in keys)
    assert mine
    assert other
    assert not mine & other
    if name == "websites":  # the contract's made-up requests create others
        assert stack.state["website_id"] in mine
        assert stack.state["other"]["website_id"] in other


def test_a_share_link_of_the_demo_expires_and_one_has_a_password(stack: RunningStack) -> None:
    links = _list(stack, "share-links", stack.state["keys"]["read"])

    # Beside those that the contract's made-up requests create.
    assert {(link["expires_at"] is None, link["password_protected"]) for link in links} >= {
        (True, True),
        (False, False),
    }
