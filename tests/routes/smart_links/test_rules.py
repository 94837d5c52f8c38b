"""Rules over HTTP: what a rule is, which links may have one, and what a simulation says of them."""

from typing import Any

import pytest

from pixel.links.rules import RULES_MAX
from tests.conftest import Frozen
from tests.routes.smart_links.asking import OTHER_KEY, PAGE, ask, create, data, faults, refused

pytestmark = pytest.mark.usefixtures("links", "output", "frozen", "store_down")

_GERMAN = {"field": "country", "operator": "in", "value": ["DE", "AT"]}
_PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile Safari/604.1"


def _rule(link_id: str, **given: Any) -> dict[str, Any]:
    body = {"linkId": link_id, "name": "Germany", "destinationUrl": f"{PAGE}/de", "conditions": [_GERMAN], **given}
    made: dict[str, Any] = data(ask("create_rule", body=body), 201)
    return made


def _simulate(link_id: str, **request: Any) -> Any:
    return data(ask("simulate_rules", body={"linkId": link_id, "request": request}))


def test_a_rule_is_answered_as_it_was_sent_and_its_link_counts_it() -> None:
    link = create()
    rule = _rule(link["id"], startsAt="2026-01-01T01:00:00+01:00", priority=7, description="For visitors from there")

    assert rule == {
        "id": rule["id"],
        "linkId": link["id"],
        "name": "Germany",
        "description": "For visitors from there",
        "destinationUrl": f"{PAGE}/de",
        "destinations": None,
        "conditions": [{"field": "country", "operator": "in", "value": ["de", "at"]}],
        "conditionLogic": "AND",
        "priority": 7,
        "enabled": True,
        "timezone": "UTC",
        "sticky": "hash",
        "startsAt": "2026-01-01T00:00:00.000Z",
        "endsAt": None,
        "createdAt": rule["createdAt"],
        "updatedAt": rule["createdAt"],
    }
    assert data(ask("get_rule", path={"ruleId": rule["id"]})) == rule
    assert data(ask("get_link", path={"linkId": link["id"]}))["rulesCount"] == 1


def test_patch_and_put_change_what_is_sent(frozen: Frozen) -> None:
    rule = _rule(create()["id"])
    split = [{"url": f"{PAGE}/a", "weight": 1}, {"url": f"{PAGE}/b", "weight": 3}]
    frozen.move(1)

    changed = data(ask("update_rule", path={"ruleId": rule["id"]}, body={"destinations": split, "enabled": False}))
    put = data(ask("replace_rule", path={"ruleId": rule["id"]}, body={"name": "Both"}))

    assert (changed["destinationUrl"], changed["destinations"], changed["enabled"]) == (None, split, False)
    assert put == {**changed, "name": "Both", "updatedAt": put["updatedAt"]}
    assert data(ask("delete_rule", path={"ruleId": rule["id"]})) == {"id": rule["id"], "deleted": True}
    assert refused(ask("delete_rule", path={"ruleId": rule["id"]})) == (404, "NOT_FOUND")


def test_all_faults_of_a_rule_are_named_as_its_body_names_fields() -> None:
    link_id = create()["id"]
    nested = {"field": "country", "conditions": []}
    good = {"linkId": link_id, "name": "x", "conditions": [_GERMAN]}
    both = {"destinationUrl": PAGE, "destinations": [{"url": PAGE, "weight": 1}, {"url": f"{PAGE}/b", "weight": 1}]}
    cases: tuple[tuple[dict[str, Any], dict[str, str]], ...] = (
        (good, {"destinationUrl": "missing"}),
        ({**good, **both}, {"destinations": "invalid"}),
        (
            {"linkId": link_id, "conditions": [nested, {"field": "osVersion", "operator": "equals"}], "priority": 0},
            {
                "name": "missing",
                "conditions.0": "invalid",
                "conditions.1.field": "invalid",
                "priority": "invalid",
            },
        ),
        (
            {**good, "destinationUrl": PAGE, "startsAt": "2026-02-01T00:00:00Z", "endsAt": "2026-01-01T00:00:00Z"},
            {"endsAt": "invalid"},
        ),
        ({**good, "destinationUrl": PAGE, "condition_logic": "OR"}, {"condition_logic": "unknown"}),
    )
    for body, expected in cases:
        found = faults(ask("create_rule", body=body))
        assert (body, found) == (body, {**found, **expected})
        assert found.keys() >= expected.keys()


def test_a_place_that_no_front_says_is_a_feature_that_is_not_there() -> None:
    body = {"linkId": create()["id"], "name": "x", "destinationUrl": PAGE, "conditions": [{**_GERMAN, "field": "city"}]}

    reply = ask("create_rule", body=body)

    assert refused(reply) == (403, "FEATURE_NOT_AVAILABLE")
    assert reply.body["error"]["details"] == {"feature": "edge"}
    assert faults(ask("create_rule", body={**body, "priority": 0})) == {
        "conditions.0.field": "not_available",
        "priority": "invalid",
    }


def test_a_link_that_browsers_remember_takes_no_rules_and_a_link_has_a_limit_of_them() -> None:
    remembered = create(redirectStatus=301)
    body = {"linkId": remembered["id"], "name": "x", "destinationUrl": PAGE, "conditions": [_GERMAN]}
    assert faults(ask("create_rule", body=body)) == {"linkId": "invalid"}

    link = create()
    for number in range(RULES_MAX):
        _rule(link["id"], name=str(number))
    assert refused(ask("create_rule", body={**body, "linkId": link["id"]})) == (409, "CONFLICT")
    assert faults(ask("update_link", path={"linkId": link["id"]}, body={"redirectStatus": 301})) == {
        "redirectStatus": "invalid"
    }


def test_lists_are_of_one_link_or_all_and_of_one_workspace() -> None:
    first, second = create()["id"], create()["id"]
    _rule(first, name="one")
    _rule(second, name="two", enabled=False)

    for query, expected in (
        ({}, {"one", "two"}),
        ({"linkId": first}, {"one"}),
        ({"enabled": "false"}, {"two"}),
        ({"linkId": "link_0"}, set()),
    ):
        reply = ask("list_rules", query=query)
        assert {one["name"] for one in data(reply)} == expected
        assert reply.body["pagination"]["total"] == len(expected)
    assert data(ask("list_rules", key=OTHER_KEY)) == []


def test_a_rule_of_another_workspace_does_not_exist() -> None:
    link = create()["id"]
    rule = _rule(link)["id"]
    nothing = "rule_00000000000000000000"
    for function, body in (("get_rule", None), ("update_rule", {"name": "x"}), ("delete_rule", None)):
        answers = [
            ask(function, path={"ruleId": named}, body=body, key=OTHER_KEY).body["error"]
            for named in (rule, nothing, "nonsense")
        ]
        assert answers.count(answers[0]) == 3, function
    new = {"linkId": link, "name": "x", "destinationUrl": PAGE, "conditions": [_GERMAN]}
    assert refused(ask("create_rule", body=new, key=OTHER_KEY)) == (404, "NOT_FOUND")
    assert refused(ask("simulate_rules", body={"linkId": link}, key=OTHER_KEY)) == (404, "NOT_FOUND")
    assert data(ask("get_rule", path={"ruleId": rule}))["name"] == "Germany"


def test_an_idempotency_key_creates_one_rule() -> None:
    link = create()["id"]
    body = {"linkId": link, "name": "x", "destinationUrl": PAGE, "conditions": [_GERMAN]}
    replies = [ask("create_rule", body=body, headers={"Idempotency-Key": "r1"}) for _ in range(2)]

    assert replies[0].body["data"] == replies[1].body["data"]
    assert replies[1].headers["Idempotent-Replayed"] == "true"
    assert len(data(ask("list_rules"))) == 1


def test_a_simulation_leads_where_the_link_would_and_says_why() -> None:
    link = create(clicksLimit=1)["id"]
    germany = _rule(link)["id"]
    phones = _rule(
        link,
        name="Phones",
        priority=200,
        destinationUrl=f"{PAGE}/app",
        conditions=[{"field": "os", "operator": "equals", "value": "iOS"}],
    )["id"]

    assert _simulate(link, country="at") == {
        "outcome": "redirected",
        "ruleId": germany,
        "destinationUrl": f"{PAGE}/de",
        "evaluated": [{"ruleId": germany, "matched": True, "because": "Every condition holds."}],
    }
    found = _simulate(link, country="FR", userAgent=_PHONE)
    assert (found["ruleId"], found["destinationUrl"]) == (phones, f"{PAGE}/app")
    assert [one["matched"] for one in found["evaluated"]] == [False, True]
    assert "conditions.0 (country in)" in found["evaluated"][0]["because"]
    assert _simulate(link)["destinationUrl"] == PAGE
    assert data(ask("get_link", path={"linkId": link}))["status"] == "active", "no click of the limit was used"
    later = {"linkId": link, "at": "2020-01-01T00:00:00Z", "request": {}}
    assert data(ask("simulate_rules", body=later))["outcome"] == "redirected"
    assert faults(ask("simulate_rules", body={"linkId": link, "request": {"user_agent": "x"}, "at": "x"})) == {
        "at": "invalid"
    }
    wrong = ask("simulate_rules", body={"linkId": link, "request": {"user_agent": "x", "trigger": "mail"}})
    assert faults(wrong) == {"request.user_agent": "unknown", "request.trigger": "invalid"}
