"""Labels over HTTP: campaigns, tags, folders, templates and pixels, and what links have of them."""

from typing import Any

import pytest

from pixel.links.labels import CAMPAIGN, FOLDER, KINDS, PIXEL, TAG, UTM_TEMPLATE, LabelKind
from pixel.links.store import LinkStore
from tests.conftest import Frozen
from tests.routes.gateway import Reply
from tests.routes.smart_links.asking import KEY, OTHER_KEY, PAGE, ask, create, data, faults, refused
from tools.openapi import label_operations

pytestmark = pytest.mark.usefixtures("links", "output", "store_down", "frozen")

_UTM = {"utmSource": None, "utmMedium": None, "utmCampaign": None, "utmTerm": None, "utmContent": None}
_WHOLE: dict[LabelKind, dict[str, Any]] = {
    CAMPAIGN: {
        "name": "Spring",
        "description": "All of\nMay",
        "utm": {"source": "mail", "term": "x"},
        "startsAt": "2030-05-01T00:00:00.000Z",
        "endsAt": "2030-06-01T00:00:00.000Z",
    },
    TAG: {"name": "sale", "color": "red"},
    FOLDER: {"name": "Shop", "description": "All that sells"},
    UTM_TEMPLATE: {"name": "Mail", **_UTM, "utmSource": "mail", "utmMedium": "email"},
    PIXEL: {
        "name": "Ads",
        "provider": "google",
        "providerId": "AW-123456789",
        "description": "Of the shop",
        "eventName": "visit",
        "conversionTracking": True,
        "enabled": False,
        "expiresAt": "2030-01-01T00:00:00.000Z",
        "firesLimit": 10,
        "captureParams": ["gclid"],
    },
}
_PARAMETERS = dict(zip((kind.path for kind in KINDS), label_operations.sample_ids(), strict=True))


def _word(kind: LabelKind) -> str:
    return kind.path.removesuffix("s").replace("-", "_")


def _ask(verb: str, kind: LabelKind, label_id: str | None = None, **request: Any) -> Reply:
    plural = "s" * (verb == "list")
    path = None if label_id is None else {_PARAMETERS[kind.path]: label_id}
    return ask(f"{verb}_{_word(kind)}{plural}", path=path, **request)


def _new(kind: LabelKind, key: Any = KEY, **fields: Any) -> str:
    """Create a label and return its id."""
    minimal = {"provider": "meta", "providerId": "1234567890"} if kind is PIXEL else {}
    created: str = data(_ask("create", kind, key=key, body={"name": "Sale", **minimal, **fields}), 201)["id"]
    return created


def _link(kind: LabelKind, label_id: str) -> dict[str, Any]:
    """Return the field by which a link gets a label."""
    by_kind: dict[LabelKind, dict[str, Any]] = {
        CAMPAIGN: {"campaignId": label_id},
        TAG: {"tags": ["Sale"]},
        FOLDER: {"folderId": label_id},
        UTM_TEMPLATE: {"utmTemplateId": label_id},
        PIXEL: {"pixelIds": [label_id], "consent": False},
    }
    return by_kind[kind]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.path)
def test_a_label_is_as_it_was_sent_and_is_counted_on_live_links(kind: LabelKind, frozen: Frozen) -> None:
    given = {name: value for name, value in _WHOLE[kind].items() if value is not None}
    label = data(_ask("create", kind, body=given), 201)
    frozen.move(1)
    other = _new(kind, name="Other")
    linked = {**_link(kind, label["id"]), **({"tags": ["SALE"]} if kind is TAG else {})}
    create(**linked)
    gone = create(**linked)
    data(ask("delete_link", path={"linkId": gone["id"]}))

    assert label == {
        **_WHOLE[kind],
        "id": label["id"],
        "linksCount": 0,
        "createdAt": "2026-03-04T05:06:10.000Z",
        "updatedAt": "2026-03-04T05:06:10.000Z",
    }
    listed = _ask("list", kind)
    assert [(one["id"], one["linksCount"]) for one in data(listed)] == [(other, 0), (label["id"], 1)]
    assert listed.body["pagination"] == {"total": 2, "page": 1, "limit": 20, "hasMore": False}
    assert [one["id"] for one in data(_ask("list", kind, query={"search": "OTH"}))] == [other]
    changed = data(_ask("update", kind, label["id"], body={"name": "New name"}))
    assert changed == {**label, "name": "New name", "updatedAt": "2026-03-04T05:06:11.000Z", "linksCount": 1}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.path)
def test_a_label_of_another_workspace_is_as_none(kind: LabelKind) -> None:
    foreign, own = _new(kind, OTHER_KEY), _new(kind)
    none = f"{kind.id_prefix}_{'0' * 20}"
    asked = [("update", {"body": {"name": "x"}}), ("delete", {})]
    if kind in (CAMPAIGN, PIXEL):
        asked.append(("get", {}))

    for verb, request in asked:
        replies = [_ask(verb, kind, label_id, **request) for label_id in (foreign, none, "x" * 2000)]
        assert [refused(reply) for reply in replies] == [(404, "NOT_FOUND")] * 3
        assert replies[0].body == replies[1].body == replies[2].body
    assert [one["id"] for one in data(_ask("list", kind))] == [own]
    if kind is not TAG:
        attribute = next(iter(_link(kind, foreign)))
        bodies = [{"destinationUrl": PAGE, **_link(kind, one)} for one in (foreign, none)]
        found = [ask("create_link", body=body) for body in bodies]
        assert found[0].body == found[1].body
        assert faults(found[0]) == {attribute: "unknown"}
        assert data(ask("list_links", query={"stats": "false"})) == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.path)
def test_a_deleted_label_is_taken_off_its_links(kind: LabelKind) -> None:
    label = _new(kind)
    link = create(**_link(kind, label))
    other = create(title="Other")
    query = {"unlink": "true"} if kind is CAMPAIGN else None
    if kind is CAMPAIGN:
        assert refused(_ask("delete", kind, label)) == (409, "CONFLICT")
        assert "has links (1)" in _ask("delete", kind, label).body["error"]["message"]
        assert faults(_ask("delete", kind, label, query={"unlink": "maybe"})) == {"unlink": "invalid"}

    assert data(_ask("delete", kind, label, query=query)) == {"id": label, "deleted": True}

    without: dict[str, Any] = (
        {"tags": []} if kind is TAG else {"pixelIds": []} if kind is PIXEL else {next(iter(_link(kind, label))): None}
    )
    [now] = [one for one in data(ask("list_links", query={"stats": "false"})) if one["id"] == link["id"]]
    assert now == {name: value for name, value in {**link, **without}.items() if name in now}
    assert data(ask("list_links", query={"search": "other", "stats": "false"}))[0]["updatedAt"] == other["updatedAt"]
    assert refused(_ask("delete", kind, label, query=query)) == (404, "NOT_FOUND")
    assert data(_ask("list", kind)) == []
    _new(kind)  # its name is free


def test_a_tag_is_made_with_links_and_renamed_on_them(links: LinkStore) -> None:
    first, second = create(tags=["Summer", "b"]), create(tags=["SUMMER"])
    tags = {one["name"]: one for one in data(_ask("list", TAG))}

    assert (first["tags"], second["tags"]) == (["Summer", "b"], ["Summer"])
    assert {name: (one["linksCount"], one["color"]) for name, one in tags.items()} == {
        "Summer": (2, "blue"),
        "b": (1, "blue"),
    }
    assert refused(_ask("update", TAG, tags["b"]["id"], body={"name": "sUmmer"})) == (409, "CONFLICT")
    renamed = data(_ask("update", TAG, tags["Summer"]["id"], body={"name": "winter"}))
    assert renamed["linksCount"] == 2
    for query, expected in (({"tag": "WINTER"}, 2), ({"tag": "summer"}, 0), ({"tag": "winter", "excludeTag": "b"}, 1)):
        assert len(data(ask("list_links", query={**query, "stats": "false"}))) == expected
    assert links.find(KEY.workspace_id, first["id"])["tags"] == ["winter", "b"]
    assert create(tags=["summer"])["tags"] == ["summer"]  # a new one: the name is free again


def test_links_are_filtered_by_their_labels() -> None:
    campaign, folder = _new(CAMPAIGN), _new(FOLDER)
    one, two = create(campaignId=campaign), create(folderId=folder, campaignId=campaign)

    for query, expected in (
        ({"campaignId": campaign}, {one["id"], two["id"]}),
        ({"campaignId": campaign, "folderId": folder}, {two["id"]}),
        ({"folderId": f"fold_{'0' * 20}"}, set()),
    ):
        assert {link["id"] for link in data(ask("list_links", query={**query, "stats": "false"}))} == expected


def test_campaign_and_template_fill_what_a_link_does_not_send() -> None:
    campaign = _new(CAMPAIGN, utm={"source": "campaign", "campaign": "spring"})
    template = _new(UTM_TEMPLATE, utmSource="template", utmMedium="email")
    names = ("utmSource", "utmMedium", "utmCampaign")

    for given, expected in (
        ({"campaignId": campaign}, ("campaign", None, "spring")),
        ({"campaignId": campaign, "utmMedium": "own"}, (None, "own", None)),
        ({"utmTemplateId": template}, ("template", "email", None)),
        ({"utmTemplateId": template, "utmSource": "own"}, ("own", "email", None)),
        ({"utmTemplateId": template, "utmSource": None}, (None, "email", None)),
    ):
        assert (given, tuple(create(**given)[name] for name in names)) == (given, expected)
    link = create(utmSource="own", utmCampaign="own")
    path = {"linkId": link["id"]}
    in_campaign = data(ask("update_link", path=path, body={"campaignId": campaign}))
    assert tuple(in_campaign[name] for name in names) == ("own", None, "own")
    filled = data(ask("update_link", path=path, body={"utmTemplateId": template, "utmMedium": "sms"}))
    assert tuple(filled[name] for name in names) == ("template", "sms", "own")


def test_every_fault_of_a_label_is_named() -> None:
    instants = {"startsAt": "2030-01-02T00:00:00Z", "endsAt": "2030-01-01T00:00:00Z"}
    pixel = {"name": "Ads", "provider": "snapchat", "providerId": "1"}
    campaign = {"name": "x" * 101, "utm": {"source": "", "x": 1}, "starts_at": "x"}
    of_campaign = {"name": "invalid", "utm.source": "invalid", "utm.x": "unknown", "starts_at": "unknown"}
    of_script = {"provider": "invalid", "script": "unknown"}
    for kind, body, expected in (
        (CAMPAIGN, {}, {"name": "missing"}),
        (CAMPAIGN, campaign, of_campaign),
        (CAMPAIGN, {"name": "x", **instants}, {"endsAt": "invalid"}),
        (TAG, {"name": "x" * 51, "color": "black"}, {"name": "too_long", "color": "invalid"}),
        (FOLDER, {"name": " ", "description": "x" * 501}, {"name": "invalid", "description": "too_long"}),
        (UTM_TEMPLATE, {"name": "x", "utmTerm": "x" * 256}, {"utmTerm": "too_long"}),
        (PIXEL, {"name": "x", "provider": "other", "providerId": "1", "script": "x"}, of_script),
        (PIXEL, pixel, {"providerId": "invalid"}),
        (
            PIXEL,
            {**pixel, "captureParams": ["a b"], "firesLimit": 0},
            {"captureParams": "invalid", "firesLimit": "invalid"},
        ),
    ):
        assert (body, faults(_ask("create", kind, body=body))) == (body, expected)
    made = _new(PIXEL)
    assert faults(_ask("update", PIXEL, made, body={"provider": "google"})) == {"providerId": "invalid"}
    assert faults(_ask("update", PIXEL, made, body={})) == {"body": "missing"}
    assert refused(_ask("create", TAG, body={"name": "a"}, key=KEY._replace(scopes=("links:read",)))) == (
        403,
        "FORBIDDEN",
    )


def test_a_label_is_created_once_by_one_idempotency_key() -> None:
    first, again = (
        _ask("create", FOLDER, body={"name": "Shop"}, headers={"Idempotency-Key": "key-1"}) for _ in range(2)
    )

    assert data(first, 201) == data(again, 201)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert refused(_ask("create", FOLDER, body={"name": "shop"})) == (409, "CONFLICT")
    other = _ask("create", FOLDER, body={"name": "Other"}, headers={"Idempotency-Key": "key-1"})
    assert refused(other) == (409, "CONFLICT")
    assert data(_ask("create", FOLDER, body={"name": "Shop"}, key=OTHER_KEY), 201)["name"] == "Shop"
