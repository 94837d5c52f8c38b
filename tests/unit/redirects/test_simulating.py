"""A simulation says where a link would lead, and what decided, without a trace."""

from typing import Any

import pytest

from pixel.foundation.clock import from_iso
from pixel.links.rules import SimulatedRequest
from pixel.links.rules_store import RuleStore
from pixel.redirects import recording
from pixel.redirects.simulating import EvaluatedRule, Simulated, simulate
from pixel.workspaces.models import checked
from tests.links_given import OWN_HOST, WORKSPACE, new_link, new_rule, store_with_workspaces

_BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
_PAGE, _RULE = "https://example.com/page", "https://example.com/rule"


@pytest.fixture
def rules(tables: object, monkeypatch: pytest.MonkeyPatch) -> RuleStore:
    monkeypatch.setattr(recording, "record", lambda _row: pytest.fail("a simulation is no click"))
    return RuleStore(store_with_workspaces())


def _simulated(rules: RuleStore, link: dict[str, Any], at: str = "2026-03-04T12:00:00Z", **request: Any) -> Simulated:
    described = checked(SimulatedRequest, {"user_agent": _BROWSER, **request}).given()
    compiled = rules.links.find_compiled(WORKSPACE, link["id"])
    return simulate(compiled, described, host=OWN_HOST, at=from_iso(at).timestamp())


def test_the_first_rule_that_matches_ends_it_and_all_say_why(rules: RuleStore) -> None:
    link = new_link(rules.links, clicks_limit=1, password="open")
    german = {"field": "country", "operator": "equals", "value": "DE"}
    morning = {"field": "time", "operator": "between", "value": ["06:00", "12:00"]}
    ended = new_rule(rules, link, ends_at="2026-01-01T00:00:00Z", priority=1)
    both = new_rule(rules, link, conditions=[german, morning], timezone="Europe/Berlin", priority=2)
    either = new_rule(rules, link, conditions=[morning, german], condition_logic="OR", priority=3)
    new_rule(rules, link, priority=4)

    found = _simulated(rules, link, country="de")

    assert found == Simulated(
        "redirected",
        either["id"],
        _RULE,
        [
            EvaluatedRule(ended["id"], matched=False, because="The rule has not begun or has ended."),
            EvaluatedRule(both["id"], matched=False, because="conditions.1 (time between) does not hold."),
            EvaluatedRule(either["id"], matched=True, because="conditions.1 (country equals) holds."),
        ],
    )
    early = _simulated(rules, link, "2026-03-04T10:59:59Z", country="DE")
    assert early.evaluated[-1] == (both["id"], True, "Every condition holds.")
    none = _simulated(rules, link, country="US")
    assert (none.rule_id, none.destination_url) == (None, _PAGE)
    assert [one.because for one in none.evaluated[2:3]] == ["No condition holds."]
    assert _simulated(rules, link, country="DE") == found  # its one click is still there


def test_every_field_of_a_request_is_a_fact(rules: RuleStore) -> None:
    link = new_link(rules.links)
    facts: dict[str, tuple[Any, dict[str, Any]]] = {
        "country": ("DE", {"country": "DE"}),
        "browser": ("Chrome", {}),
        "language": ("pt", {"language": "pt-BR,en;q=0.5"}),
        "referrer": ("www.example.org", {"referrer": "https://www.example.org/a"}),
        "query.ref": ("x", {"query": {"ref": "X"}}),
        "trigger": ("qr", {"trigger": "qr"}),
        "visitor": ("returning", {"returning": True}),
        "isBot": (True, {"user_agent": "curl/8.0"}),
    }
    made = {
        field: new_rule(
            rules, link, conditions=[{"field": field, "operator": "equals", "value": value}], priority=place + 1
        )
        for place, (field, (value, _)) in enumerate(facts.items())
        if field != "browser"
    }
    address = {"field": "ip", "operator": "inCidr", "value": "203.0.113.0/24"}
    made["ip"] = new_rule(rules, link, conditions=[address], priority=99)

    found = {field: _simulated(rules, link, **facts[field][1]).rule_id for field in made if field != "ip"}

    assert found == {field: rule["id"] for field, rule in made.items() if field != "ip"}
    assert _simulated(rules, link, ip="203.0.113.9").rule_id == made["ip"]["id"]
    assert _simulated(rules, link).rule_id is None


def test_what_a_link_is_decides_before_its_rules(rules: RuleStore) -> None:
    states: dict[str, tuple[dict[str, Any], tuple[str, str | None]]] = {
        "off": ({"enabled": False}, ("not_found", None)),
        "over": (
            {"expires_at": "2030-01-01T00:00:00Z", "expired_url": "https://example.com/o"},
            ("expired", "https://example.com/o"),
        ),
        "never": ({"redirect_mode": "never"}, ("tracked", None)),
        "rules alone": ({"redirect_mode": "rule_only"}, ("not_found", None)),
    }

    found = {
        name: _simulated(rules, new_link(rules.links, **given), "2031-01-01T00:00:00Z")
        for name, (given, _) in states.items()
    }

    assert {name: (one.outcome, one.destination_url) for name, one in found.items()} == {
        name: expected for name, (_, expected) in states.items()
    }
