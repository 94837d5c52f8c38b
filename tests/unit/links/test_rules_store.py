"""Rules in the table: each write leaves the rule, its link and what redirects read in agreement."""

from typing import Any

import pytest

from pixel.links.codes import code_key
from pixel.links.companies import Company
from pixel.links.compiled import compiled
from pixel.links.label_store import LabelStore
from pixel.links.labels import PIXEL
from pixel.links.models import LinkChanges
from pixel.links.rules import RULES_MAX, RuleChanges
from pixel.links.rules_store import RuleStore
from pixel.links.store import LinkStore
from pixel.workspaces.errors import ConcurrentChangeError, InvalidIdError, LimitReachedError, NotFoundError
from pixel.workspaces.models import InvalidFieldsError, checked
from tests.links_given import OTHER_WORKSPACE, OWN_HOST, WORKSPACE, new_link, new_rule, store_with_workspaces
from tests.writers_at_once import make_atomic, write_at_once

_TWO = [{"url": "https://example.com/a", "weight": 1}, {"url": "https://example.com/b", "weight": 3}]


@pytest.fixture
def rules(store: LinkStore) -> RuleStore:
    return RuleStore(store)


def _followed(rules: RuleStore, link: dict[str, Any]) -> dict[str, Any]:
    return rules.links.database.get(rules.links.links_table, code_key(link["code"])) or {}


def _change(rules: RuleStore, rule: dict[str, Any], **given: Any) -> dict[str, Any]:
    return rules.update_rule(WORKSPACE, rule["id"], checked(RuleChanges, given))


def _items(tables: Any) -> list[str]:
    return sorted(f"{item['pk']} {item['sk']}" for item in tables.Table("test-links").scan()["Items"])


def _faults(write: Any, *arguments: Any, **given: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidFieldsError) as refusal:
        write(*arguments, **given)
    return [(fault.path, fault.code) for fault in refusal.value.faults]


def test_a_rule_is_part_of_the_one_item_that_a_redirect_reads(rules: RuleStore) -> None:
    link = new_link(rules.links)
    conditions = [
        {"field": "country", "operator": "notEquals", "value": "DE"},
        {"field": "time", "operator": "between", "value": ["22:30", "06:00"]},
        {"field": "date", "operator": "after", "value": "2026-01-01T00:00:00Z"},
        {"field": "query.x", "operator": "exists"},
    ]
    late = new_rule(rules, link, conditions=conditions, destinations=_TWO, timezone="Asia/Tokyo", sticky="cookie")
    new_rule(rules, link, enabled=False)
    first = new_rule(rules, link, priority=1, starts_at="2026-01-01T00:00:00Z", condition_logic="OR")

    found = _followed(rules, link)

    assert found["rules"] == [
        {
            "id": first["id"],
            "is_any": True,
            "conditions": [["country", "equals", ["de"]]],
            "to": [["https://example.com/rule", 1]],
            "starts_at": 1767225600,
        },
        {
            "id": late["id"],
            "is_any": False,
            "conditions": [
                ["country", "notEquals", ["de"]],
                ["time", "between", [1350, 360]],
                ["date", "after", 1767225600],
                ["query.x", "exists"],
            ],
            "to": [["https://example.com/a", 1], ["https://example.com/b", 3]],
            "zone": "Asia/Tokyo",
            "by_cookie": True,
        },
    ]
    assert len(found["sticky_secret"]) == 32
    assert (found["version"], rules.links.find(WORKSPACE, link["id"])["rules_count"]) == (4, 3)
    assert found == rules.links.find_compiled(WORKSPACE, link["id"])


def test_rules_are_found_listed_changed_and_deleted(rules: RuleStore) -> None:
    link, other = new_link(rules.links), new_link(rules.links)
    first, second = new_rule(rules, link), new_rule(rules, link, enabled=False)
    third = new_rule(rules, other)

    changed = _change(rules, first, destinations=_TWO, description="Half and half")
    back = rules.replace_rule(WORKSPACE, first["id"], checked(RuleChanges, {"destination_url": "https://example.com/"}))

    assert changed["destinations"] == _TWO
    assert "destination_url" not in changed
    assert "destinations" not in back
    assert back["description"] == "Half and half"
    assert rules.find_rule(WORKSPACE, first["id"]) == back
    listed = {
        "all": rules.list_rules(WORKSPACE),
        "of a link": rules.list_rules(WORKSPACE, link_id=link["id"]),
        "on": rules.list_rules(WORKSPACE, enabled=True),
        "off": rules.list_rules(WORKSPACE, link_id=link["id"], enabled=False),
        "second page": rules.list_rules(WORKSPACE, offset=1, limit=1),
    }
    ids = {name: {rule["id"] for rule in page.rules} for name, page in listed.items()}
    assert ids.pop("second page") <= ids["all"]
    assert ids == {
        "all": {first["id"], second["id"], third["id"]},
        "of a link": {first["id"], second["id"]},
        "on": {first["id"], third["id"]},
        "off": {second["id"]},
    }
    assert (listed["second page"].total, len(listed["second page"].rules)) == (3, 1)
    assert [rule["id"] for rule in listed["all"].rules] == sorted(ids["all"], reverse=True)
    rules.delete_rule(WORKSPACE, first["id"])
    assert [rule["id"] for rule in _followed(rules, link)["rules"]] == []
    assert rules.links.find(WORKSPACE, link["id"])["rules_count"] == 1
    with pytest.raises(NotFoundError):
        rules.delete_rule(WORKSPACE, first["id"])


def test_a_rule_of_another_workspace_is_not_found_as_none_is(rules: RuleStore) -> None:
    link = new_link(rules.links)
    rule = new_rule(rules, link)
    theirs = new_link(rules.links, workspace_id=OTHER_WORKSPACE)
    changes = checked(RuleChanges, {"name": "Mine"})

    for rule_id in (rule["id"], f"rule_{'0' * 20}"):
        for call in (
            lambda known=rule_id: rules.find_rule(OTHER_WORKSPACE, known),
            lambda known=rule_id: rules.update_rule(OTHER_WORKSPACE, known, changes),
            lambda known=rule_id: rules.delete_rule(OTHER_WORKSPACE, known),
        ):
            with pytest.raises(NotFoundError, match="There is no rule"):
                call()
    assert rules.list_rules(OTHER_WORKSPACE).total == 0
    assert rules.list_rules(OTHER_WORKSPACE, link_id=link["id"]).total == 0
    with pytest.raises(NotFoundError, match="There is no link"):
        new_rule(rules, theirs)
    with pytest.raises(InvalidIdError):
        rules.find_rule(WORKSPACE, "pxl_live_secret")


def test_a_link_has_at_most_25_rules_and_takes_them_with_it(rules: RuleStore, tables: Any) -> None:
    link = new_link(rules.links)
    for _ in range(RULES_MAX):
        new_rule(rules, link)
    with pytest.raises(LimitReachedError):
        new_rule(rules, link)

    rules.links.delete(WORKSPACE, link["id"])

    assert _items(tables) == [f"L#{link['id']} -", f"R#default/{link['code']} -"]
    with pytest.raises(NotFoundError):
        new_rule(rules, link)


def test_browsers_keep_no_redirect_that_a_rule_might_change(rules: RuleStore) -> None:
    kept, other = new_link(rules.links, redirect_status=301), new_link(rules.links)
    rule = new_rule(rules, other)
    changes = checked(LinkChanges, {"redirect_status": 308})

    assert _faults(new_rule, rules, kept) == [("link_id", "invalid")]
    assert _faults(rules.links.update, WORKSPACE, other["id"], changes) == [("redirect_status", "invalid")]
    rules.delete_rule(WORKSPACE, rule["id"])
    assert rules.links.update(WORKSPACE, other["id"], changes)["redirect_status"] == 308


def test_a_rule_as_a_whole_is_checked_whatever_was_changed_last(rules: RuleStore) -> None:
    link = new_link(rules.links)
    rule = new_rule(rules, link, starts_at="2026-02-01T00:00:00Z")

    assert _faults(new_rule, rules, link, destination_url=None) == [("destination_url", "missing")]
    assert _faults(new_rule, rules, link, destinations=_TWO, destination_url="https://example.com/") == [
        ("destinations", "invalid")
    ]
    assert _faults(_change, rules, rule, destination_url=None) == [("destination_url", "missing")]
    assert _faults(_change, rules, rule, ends_at="2026-02-01T00:00:00Z") == [("ends_at", "invalid")]
    loop = [_TWO[0], {"url": f"https://{OWN_HOST}/x", "weight": 1}]
    assert _faults(_change, rules, rule, destinations=loop) == [("destinations.1.url", "loop")]


def test_what_does_not_fit_into_the_compiled_link_is_refused(rules: RuleStore) -> None:
    link = new_link(rules.links)
    long = [{"url": f"https://example.com/{place}{'x' * 3500}", "weight": 1} for place in range(10)]

    assert _faults(new_rule, rules, link, destinations=long) == [("body", "too_long")]
    assert rules.list_rules(WORKSPACE).total == 0


def test_consent_needs_a_company_and_follows_its_changes(rules: RuleStore) -> None:
    links = rules.links
    company = {"name": "Kettle & Crow", "privacy_url": "https://example.com/privacy"}
    assert _faults(new_link, links, consent=True) == [("consent", "invalid")]
    pixel = {"name": "Ads", "provider": "meta", "provider_id": "1234567890"}
    made = LabelStore(links, PIXEL).create(WORKSPACE, checked(PIXEL.new, pixel))
    pixels: dict[str, Any] = {"pixel_ids": [made["id"]]}
    assert _faults(new_link, links, **pixels) == [("consent", "invalid")]

    assert links.set_company(WORKSPACE, checked(Company, company)) == company
    asking, silent = new_link(links, **pixels), new_link(links, consent=False, **pixels)
    before = _followed(rules, asking)["consent"]
    links.set_company(WORKSPACE, checked(Company, {**company, "name": "Crow"}))

    assert before == {**(links.find_company(WORKSPACE) or {}), "name": "Kettle & Crow"}
    assert _followed(rules, asking)["consent"]["name"] == "Crow"
    assert "consent" not in _followed(rules, silent)
    assert links.find_company(OTHER_WORKSPACE) is None


def test_rules_and_links_that_change_at_once_agree(tables: object, monkeypatch: pytest.MonkeyPatch) -> None:
    make_atomic(monkeypatch)
    rules = RuleStore(store_with_workspaces())
    link = new_link(rules.links)

    def write(number: int) -> None:
        if number % 3:
            new_rule(rules, link, name=f"Rule {number}")
        else:
            rules.links.update(WORKSPACE, link["id"], checked(LinkChanges, {"title": f"Title {number}"}))

    outcomes = write_at_once(12, write)

    now, made = rules.links.find_with_rules(WORKSPACE, link["id"])
    assert {*outcomes} <= {None, ConcurrentChangeError}
    assert now["version"] == 1 + outcomes.count(None)
    assert now["rules_count"] == len(made) == rules.list_rules(WORKSPACE).total
    assert _followed(rules, link) == compiled(now, made)
