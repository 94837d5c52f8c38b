"""Links in the table: what each write leaves there, and what it refuses."""

from typing import Any

import pytest

from pixel.foundation.clock import from_iso
from pixel.links import store as stores
from pixel.links.codes import code_key
from pixel.links.models import BlockedHost, DomainChanges, LinkChanges
from pixel.links.store import HELD_DAYS, LinkStore
from pixel.workspaces.errors import AlreadyExistsError, InvalidIdError, NotFoundError
from pixel.workspaces.models import InvalidFieldsError, checked
from tests.conftest import Frozen
from tests.links_given import OTHER_WORKSPACE, WORKSPACE, new_link


def _items(tables: Any, prefix: str) -> list[dict[str, Any]]:
    scanned = tables.Table("test-links").scan()["Items"]
    return [item for item in scanned if item["pk"].startswith(prefix)]


def _change(store: LinkStore, link: dict[str, Any], **given: Any) -> dict[str, Any]:
    return store.update(WORKSPACE, link["id"], checked(LinkChanges, given))


def _compiled(store: LinkStore, code: str) -> dict[str, Any] | None:
    return store.database.get(store.links_table, code_key(code))


def test_a_link_is_its_items_in_one_transaction(store: LinkStore, tables: Any) -> None:
    link = new_link(store, short_code="Sale-26", external_id="order 1", title="Sale", tags=["a", "b"])

    assert sorted(item["pk"] for item in _items(tables, "")) == [
        f"L#{link['id']}",
        "R#default/sale-26",
        *[f"W#{WORKSPACE}"] * 6,  # its entry, its external id, and two tags with their names
    ]
    compiled = _compiled(store, "SALE-26")
    assert compiled == {
        **code_key("sale-26"),
        "workspace_id": WORKSPACE,
        "link_id": link["id"],
        "code": "Sale-26",
        "version": 1,
        "enabled": True,
        "mode": "auto",
        "status": 302,
        "query_mode": "append",
        "indexable": False,
        "tags": ["a", "b"],
        "title": "Sale",
        "destination": "https://example.com/page",
    }


def test_the_compiled_link_has_the_utm_fields_in_its_destination(store: LinkStore) -> None:
    link = new_link(
        store, destination_url="https://example.com/?utm_source=old&q=%20#a", utm_source="mail list", utm_term="x"
    )

    compiled = _compiled(store, link["code"])

    assert compiled is not None
    assert compiled["destination"] == "https://example.com/?q=%20&utm_source=mail%20list&utm_term=x#a"
    assert store.find(WORKSPACE, link["id"])["destination_url"] == "https://example.com/?utm_source=old&q=%20#a"


def test_a_password_is_kept_as_a_hash_alone(store: LinkStore, tables: Any) -> None:
    link = new_link(store, password="open sesame")

    assert "open sesame" not in str(_items(tables, ""))
    compiled = _compiled(store, link["code"])
    assert compiled is not None
    assert compiled["password_hash"].startswith("$scrypt$")
    _change(store, link, password="")
    assert "password_hash" not in (_compiled(store, link["code"]) or {})


def test_a_code_belongs_to_one_link_in_any_case(store: LinkStore) -> None:
    first = new_link(store, short_code="Sale")

    for workspace_id in (WORKSPACE, OTHER_WORKSPACE):
        with pytest.raises(AlreadyExistsError, match="is taken"):
            new_link(store, workspace_id=workspace_id, short_code="sALE", external_id="x")

    compiled = _compiled(store, "sale")
    assert compiled is not None
    assert compiled["link_id"] == first["id"]
    assert [len(store.list_live(one)) for one in (WORKSPACE, OTHER_WORKSPACE)] == [1, 0]


def test_a_random_code_that_is_taken_is_drawn_again(store: LinkStore, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(("aaaa", "aaaa", "bbbb"))
    monkeypatch.setattr(stores, "random_code", lambda _: next(drawn))

    first, second = new_link(store), new_link(store)

    assert (first["code"], second["code"]) == ("aaaa", "bbbb")


def test_an_external_id_is_one_link_s_in_a_workspace(store: LinkStore) -> None:
    link = new_link(store, external_id="order 1")
    other = new_link(store, external_id="order 2")

    with pytest.raises(AlreadyExistsError, match="external_id"):
        new_link(store, external_id="order 1")
    with pytest.raises(AlreadyExistsError, match="external_id"):
        _change(store, other, external_id="order 1")
    new_link(store, workspace_id=OTHER_WORKSPACE, external_id="order 1")
    _change(store, link, external_id="order 3")
    _change(store, other, external_id="order 1")

    assert len(store.list_live(WORKSPACE)) == 2


def test_a_link_of_another_workspace_is_not_found_as_none_is(store: LinkStore) -> None:
    link = new_link(store)
    nobody = f"link_{'0' * 20}"
    messages = set()

    for link_id in (link["id"], nobody):
        for act in (
            lambda one: store.find(OTHER_WORKSPACE, one),
            lambda one: store.delete(OTHER_WORKSPACE, one),
            lambda one: store.set_banned(OTHER_WORKSPACE, one, banned=True),
            lambda one: store.update(OTHER_WORKSPACE, one, LinkChanges(title="x")),
        ):
            with pytest.raises(NotFoundError) as refusal:
                act(link_id)
            messages.add(str(refusal.value).replace(link_id, "..."))

    assert len(messages) == 1
    assert store.list_live(OTHER_WORKSPACE) == []
    with pytest.raises(InvalidIdError):
        store.find(WORKSPACE, "pk_secret")


def test_a_change_reaches_every_item(store: LinkStore) -> None:
    link = new_link(store, title="Old", clicks_limit=5)

    changed = _change(store, link, title="New", destination_url="https://example.org/", clicks_limit=None)

    compiled = _compiled(store, link["code"])
    assert compiled is not None
    [entry] = store.list_live(WORKSPACE)
    assert (changed["version"], compiled["version"]) == (2, 2)
    assert (changed["title"], compiled["title"], entry["title"]) == ("New", "New", "New")
    assert compiled["destination"] == entry["destination_url"] == "https://example.org/"
    assert "clicks_limit" not in changed
    assert "clicks_limit" not in compiled
    assert changed["code"] == link["code"]


def test_a_ban_and_its_end_reach_the_compiled_link(store: LinkStore) -> None:
    link = new_link(store)

    store.set_banned(WORKSPACE, link["id"], banned=True)
    assert "banned_at" in (_compiled(store, link["code"]) or {})
    store.set_banned(WORKSPACE, link["id"], banned=False)
    assert "banned_at" not in (_compiled(store, link["code"]) or {})


def test_a_deleted_link_is_gone_and_its_code_held_for_its_workspace(store: LinkStore, frozen: Frozen) -> None:
    link = new_link(store, short_code="sale", external_id="order 1")

    first, second = store.delete(WORKSPACE, link["id"]), store.delete(WORKSPACE, link["id"])

    assert (first.changed, second.changed) == (True, False)
    assert second.item["deleted_at"] == first.item["deleted_at"]
    with pytest.raises(NotFoundError) as refusal:
        store.find(WORKSPACE, link["id"])
    assert refusal.value.deleted_at == first.item["deleted_at"]
    assert store.list_live(WORKSPACE) == []
    held = _compiled(store, "sale")
    deleted_at = int(from_iso(first.item["deleted_at"]).timestamp())
    assert held == {**code_key("sale"), "workspace_id": WORKSPACE, "held_until": deleted_at + HELD_DAYS * 86_400}
    with pytest.raises(AlreadyExistsError):
        new_link(store, workspace_id=OTHER_WORKSPACE, short_code="sale")
    again = new_link(store, short_code="Sale", external_id="order 1")
    assert (_compiled(store, "sale") or {})["link_id"] == again["id"]
    assert "held_until" not in (_compiled(store, "sale") or {})


def test_a_deleted_workspace_gets_no_links(store: LinkStore) -> None:
    for workspace_id in ("ws_deleted", "ws_none"):
        if workspace_id == "ws_deleted":
            item = {"workspace_id": workspace_id, "item": "META", "deleted_at": "2026-01-01T00:00:00Z"}
            store.database.put(store.workspace_table, item)
        with pytest.raises(NotFoundError):
            new_link(store, workspace_id=workspace_id, short_code="sale")

    assert _compiled(store, "sale") is None


def test_the_newest_link_is_listed_first(store: LinkStore, frozen: Frozen) -> None:
    created = []
    for _ in range(3):
        created.append(new_link(store)["id"])
        frozen.move(1)

    assert [entry["id"] for entry in store.list_live(WORKSPACE)] == created[::-1]
    assert len(store.list_live(WORKSPACE, items_max=2)) == 2


def test_a_link_cannot_be_led_to_a_blocked_host_later(store: LinkStore) -> None:
    link = new_link(store)
    store.set_blocked(checked(BlockedHost, {"host": "bad.example.com"}), blocked=True)

    with pytest.raises(InvalidFieldsError) as refusal:
        _change(store, link, destination_url="https://www.bad.example.com/")

    assert [(fault.path, fault.code) for fault in refusal.value.faults] == [("destination_url", "blocked")]
    assert _change(store, link, title="New")["destination_url"] == "https://example.com/page"
    deep = ".".join("a" for _ in range(120)) + ".bad.example.com"
    with pytest.raises(InvalidFieldsError):
        new_link(store, destination_url=f"https://{deep}/", expired_url=f"https://{'b.' * 118}example.com/")


def test_each_change_is_in_the_audit_trail_without_secrets(store: LinkStore, tables: Any) -> None:
    link = new_link(store)
    _change(store, link, password="open sesame", destination_url="https://example.org/private")
    store.set_banned(WORKSPACE, link["id"], banned=True)
    store.delete(WORKSPACE, link["id"])

    trail = [one for one in tables.Table("test-workspace").scan()["Items"] if one["item"].startswith("AUDIT#")]

    assert {entry["action"] for entry in trail} == {"link.created", "link.updated", "link.banned", "link.deleted"}
    assert "scrypt" not in str(trail)
    assert "private" not in str(trail)


def test_the_domain_keeps_what_is_set_until_it_is_removed(store: LinkStore) -> None:
    store.update_domain(
        checked(DomainChanges, {"root_url": "https://example.com", "expired_url": "https://example.org"})
    )
    settings = store.update_domain(checked(DomainChanges, {"expired_url": None}))

    assert settings["root_url"] == "https://example.com/"
    assert "expired_url" not in settings
