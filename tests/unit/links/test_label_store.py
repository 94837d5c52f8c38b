"""Labels in the table: how many there may be, and sweeps over more links than a request has time for."""

from typing import Any

import pytest

from pixel.links import label_store, labels_of_links
from pixel.links.codes import code_key
from pixel.links.label_store import LabelStore, LinksLeftError
from pixel.links.labels import CAMPAIGN, FOLDER, FORMER_NAME, LEAVING, PIXEL, TAG, LabelKind
from pixel.links.models import LinkChanges
from pixel.links.store import LinkStore
from pixel.workspaces.errors import AlreadyExistsError, ConcurrentChangeError, LimitReachedError, NotFoundError
from pixel.workspaces.models import InvalidFieldsError, checked
from tests.links_given import OTHER_WORKSPACE, WORKSPACE, new_link


def _create(store: LinkStore, kind: LabelKind, name: str, **given: Any) -> dict[str, Any]:
    return LabelStore(store, kind).create(WORKSPACE, checked(kind.new, {"name": name, **given}))


def _pixel(store: LinkStore) -> dict[str, Any]:
    return _create(store, PIXEL, "Ads", provider="meta", provider_id="1234567890")


def _tags(store: LinkStore) -> list[str]:
    return sorted(tag for entry in store.list_live(WORKSPACE) for tag in entry["tags"])


def test_the_compiled_link_has_the_labels_of_clicks(store: LinkStore) -> None:
    campaign, folder, pixel = _create(store, CAMPAIGN, "c"), _create(store, FOLDER, "f"), _pixel(store)
    labels = {"campaign_id": campaign["id"], "folder_id": folder["id"], "pixel_ids": [pixel["id"]]}
    link = new_link(store, tags=["a"], consent=False, **labels)

    compiled = store.database.get(store.links_table, code_key(link["code"])) or {}
    [entry] = store.list_live(WORKSPACE)

    assert {name: compiled[name] for name in ("campaign_id", "folder_id", "tags")} == {
        "campaign_id": campaign["id"],
        "folder_id": folder["id"],
        "tags": ["a"],
    }
    assert {name: entry[name] for name in labels} == labels


@pytest.mark.usefixtures("frozen")
def test_a_deletion_without_time_goes_on_when_it_is_repeated(store: LinkStore) -> None:
    tag = _create(store, TAG, "sale")
    for _ in range(3):
        new_link(store, tags=["sale"])
    hurried = LabelStore(store, TAG, sweep_seconds=0)

    for left in (2, 1):
        with pytest.raises(LinksLeftError) as raised:
            hurried.delete(WORKSPACE, tag["id"])
        assert (raised.value.links, len(_tags(store))) == (left, left)
    assert LEAVING in hurried.find(WORKSPACE, tag["id"])
    with pytest.raises(InvalidFieldsError):
        new_link(store, tags=["SALE"])
    with pytest.raises(ConcurrentChangeError):
        hurried.update(WORKSPACE, tag["id"], checked(TAG.changes, {"color": "red"}))
    hurried.delete(WORKSPACE, tag["id"])

    assert _tags(store) == []
    with pytest.raises(NotFoundError):
        hurried.find(WORKSPACE, tag["id"])
    assert new_link(store, tags=["Sale"])["tags"] == ["Sale"]


@pytest.mark.usefixtures("frozen")
def test_a_renaming_without_time_goes_on_when_it_is_repeated(store: LinkStore) -> None:
    tag = _create(store, TAG, "sale")
    for _ in range(3):
        new_link(store, tags=["sale", "b"])
    hurried, change = LabelStore(store, TAG, sweep_seconds=0), checked(TAG.changes, {"name": "Offer"})

    with pytest.raises(LinksLeftError):
        hurried.update(WORKSPACE, tag["id"], change)
    half = hurried.find(WORKSPACE, tag["id"])
    counted = hurried.count_links(WORKSPACE)
    assert (half["name"], half[FORMER_NAME], hurried.links_of(half, counted)) == ("Offer", "sale", 3)
    assert new_link(store, tags=["SALE", "offer"])["tags"] == ["Offer"]  # both names lead to it
    with pytest.raises(AlreadyExistsError):
        _create(store, TAG, "sale")
    with pytest.raises(LinksLeftError):
        hurried.update(WORKSPACE, tag["id"], change)
    renamed = hurried.update(WORKSPACE, tag["id"], change)

    assert (renamed["name"], FORMER_NAME in renamed) == ("Offer", False)
    assert _tags(store) == ["Offer"] * 4 + ["b"] * 3
    _create(store, TAG, "sale")


def test_a_workspace_has_a_limited_number_of_labels(store: LinkStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (label_store, labels_of_links):
        monkeypatch.setattr(module, "LABELS_MAX", 3)
    new_link(store, tags=["a", "b"])

    with pytest.raises(InvalidFieldsError):
        new_link(store, tags=["c", "d"])
    link = new_link(store, tags=["c", "A"])
    with pytest.raises(LimitReachedError):
        _create(store, TAG, "d")
    with pytest.raises(InvalidFieldsError):
        store.update(WORKSPACE, link["id"], checked(LinkChanges, {"tags": ["d"]}))

    assert len(LabelStore(store, TAG).list_all(WORKSPACE)) == 3
    _create(store, FOLDER, "d")
    assert new_link(store, workspace_id=OTHER_WORKSPACE, tags=["d"])["tags"] == ["d"]


def test_nothing_is_left_of_a_deleted_workspace(store: LinkStore, tables: Any) -> None:
    campaign = _create(store, CAMPAIGN, "c")
    new_link(store, tags=["a"], campaign_id=campaign["id"])
    new_link(store, workspace_id=OTHER_WORKSPACE, tags=["a"])

    store.delete_all(WORKSPACE)

    left = [item["pk"] for item in tables.Table(store.links_table).scan()["Items"] if item["pk"].startswith("W#")]
    assert {*left} == {f"W#{OTHER_WORKSPACE}"}
