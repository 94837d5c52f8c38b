"""Rules through the real handlers: where they stand in the order of decisions, what they set, and what is recorded."""

from collections import Counter
from typing import Any

import pytest

from pixel.links.companies import Company
from pixel.links.rules import RuleChanges
from pixel.links.rules_store import RuleStore
from pixel.links.store import LinkStore
from pixel.workspaces.models import checked
from tests.conftest import Frozen
from tests.links_given import WORKSPACE, new_link, new_rule
from tests.routes.redirects.conftest import Clicks
from tests.routes.redirects.visiting import columns, visit

_GERMAN = {"CloudFront-Viewer-Country": "DE"}
_RULE, _PAGE, _APP = "https://example.com/rule", "https://example.com/page", "https://apps.apple.com/app/id1"
_IPHONE = {
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) "
    "AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1"
}
_TWO = [{"url": "https://example.com/a", "weight": 1}, {"url": "https://example.com/b", "weight": 1}]
_EVERYBODY = [{"field": "isBot", "operator": "equals", "value": False}]


@pytest.fixture
def rules(links: LinkStore) -> RuleStore:
    return RuleStore(links)


def _answer(link: dict[str, Any], **request: Any) -> tuple[int, str | None]:
    reply = visit(f"/{link['code']}", **request)
    return reply.status, reply.location


def test_a_rule_leads_those_that_it_is_about(rules: RuleStore, clicks: Clicks) -> None:
    link = new_link(rules.links, utm_source="flyer", query_mode="append")
    rule = new_rule(rules, link, destination_url=f"{_RULE}?utm_source=old&a=%2F")

    assert _answer(link, headers=_GERMAN) == (302, f"{_RULE}?a=%2F&utm_source=flyer")
    assert visit(f"/{link['code']}?b=1", headers=_GERMAN).location == f"{_RULE}?a=%2F&utm_source=flyer&b=1"
    assert _answer(link) == (302, f"{_PAGE}?utm_source=flyer")
    assert columns(clicks, "rule_id", "variant", "outcome") == [
        (rule["id"], 0, "redirected"),
        (rule["id"], 0, "redirected"),
        ("", 0, "redirected"),
    ]


def test_a_changed_rule_is_followed_within_five_seconds(rules: RuleStore, clicks: Clicks, frozen: Frozen) -> None:
    link = new_link(rules.links)
    rule = new_rule(rules, link)
    found = [_answer(link, headers=_GERMAN)[1]]

    rules.update_rule(WORKSPACE, rule["id"], checked(RuleChanges, {"destination_url": "https://example.org/"}))
    frozen.move(5)
    found.append(_answer(link, headers=_GERMAN)[1])
    rules.delete_rule(WORKSPACE, rule["id"])
    frozen.move(5)

    assert [*found, _answer(link, headers=_GERMAN)[1]] == [_RULE, "https://example.org/", _PAGE]


_MODES: dict[str, tuple[tuple[int, str | None, str | None], tuple[int, str | None, str | None]]] = {
    # What a visitor for whom the rule is gets, then another one: status, address, outcome.
    "auto": ((302, _RULE, "redirected"), (302, _PAGE, "redirected")),
    "always": ((302, _PAGE, "redirected"), (302, _PAGE, "redirected")),
    "rule_only": ((302, _RULE, "redirected"), (404, None, None)),
    "never": ((204, None, "tracked"), (204, None, "tracked")),
}


def test_the_mode_says_what_rules_decide(rules: RuleStore, clicks: Clicks) -> None:
    found = {}
    for mode in _MODES:
        link = new_link(rules.links, redirect_mode=mode)
        new_rule(rules, link)
        answers = []
        for headers in (_GERMAN, {}):
            clicks.clear()
            answers.append((*_answer(link, headers=headers), clicks[0]["outcome"] if clicks else None))
        found[mode] = tuple(answers)

    assert found == _MODES


def test_what_comes_before_rules_ends_it_without_them(rules: RuleStore, clicks: Clicks, frozen: Frozen) -> None:
    """Rules stand behind the state of a link, its password and its preview, and before its limit."""
    rules.links.set_company(WORKSPACE, checked(Company, {"name": "Crow", "privacy_url": _PAGE}))
    cases: dict[str, dict[str, Any]] = {
        "off": {"enabled": False},
        "not begun": {"starts_at": "2030-01-01T00:00:00Z"},
        "ended": {"expires_at": "2026-03-04T06:00:00Z"},
        "password": {"password": "open"},
        "preview": {"preview": {"title": "A"}},
        "limit": {"clicks_limit": 1},
        "consent": {"consent": True},
    }
    made = {name: new_link(rules.links, **given) for name, given in cases.items()}
    for link in made.values():
        new_rule(rules, link, conditions=[{"field": "trigger", "operator": "equals", "value": "link"}])
    frozen.move(3600)
    slack = {"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}
    found = {name: _answer(link, headers=slack if name == "preview" else {}) for name, link in made.items()}

    assert found == {
        "off": (404, None),
        "not begun": (404, None),
        "ended": (410, None),
        "password": (200, None),
        "preview": (200, None),
        "limit": (302, _RULE),
        "consent": (200, None),
    }
    assert _answer(made["limit"]) == (410, None)
    assert columns(clicks, "outcome") == [
        (one,) for one in ("expired", "password", "preview", "redirected", "interstitial", "used_up")
    ]


def test_a_link_without_a_destination_for_a_visitor_uses_up_no_click(rules: RuleStore, clicks: Clicks) -> None:
    link = new_link(rules.links, redirect_mode="rule_only", destination_url=None, clicks_limit=1)
    new_rule(rules, link)

    assert [_answer(link)[0] for _ in range(3)] == [404, 404, 404]
    assert [_answer(link, headers=_GERMAN) for _ in range(2)] == [(302, _RULE), (410, None)]


def test_visitors_are_split_and_keep_their_share(rules: RuleStore, clicks: Clicks) -> None:
    link = new_link(rules.links)
    rule = new_rule(rules, link, destination_url=None, destinations=_TWO, conditions=_EVERYBODY)
    addresses = [f"198.51.{number}.1" for number in range(60)]

    first, second = ([visit(f"/{link['code']}", ip=ip) for ip in addresses] for _ in range(2))

    assert [reply.location for reply in first] == [reply.location for reply in second]
    assert min(Counter(reply.location for reply in first).values()) > 15
    assert not any("Set-Cookie" in reply.headers for reply in first)
    # Neighbors of a network are one visitor.
    assert visit(f"/{link['code']}", ip="198.51.0.77").location == first[0].location
    shown = {row["variant"]: row["rule_id"] for row in clicks}
    assert shown == {1: rule["id"], 2: rule["id"]}
    assert [_TWO[row["variant"] - 1]["url"] for row in clicks[:60]] == [reply.location for reply in first]


def test_a_cookie_keeps_a_share_where_the_rule_says_so(rules: RuleStore, clicks: Clicks) -> None:
    link = new_link(rules.links)
    rule = new_rule(rules, link, destination_url=None, destinations=_TWO, conditions=_EVERYBODY, sticky="cookie")
    name = f"px_v_{rule['id']}"

    reply = visit(f"/{link['code']}")
    kept = {
        value: visit(f"/{link['code']}", headers={"Cookie": f"{name}={value}"}).location
        for value in ("1", "2", "3", "x")
    }

    place = 1 + [one["url"] for one in _TWO].index(str(reply.location))
    attributes = f"Max-Age=2592000; Path=/{link['code']}; HttpOnly; Secure; SameSite=Lax"
    assert reply.headers["Set-Cookie"] == f"{name}={place}; {attributes}"
    assert kept == {"1": _TWO[0]["url"], "2": _TWO[1]["url"], "3": reply.location, "x": reply.location}


def test_who_returns_is_known_by_a_cookie_that_says_nothing_else(rules: RuleStore, clicks: Clicks) -> None:
    link = new_link(rules.links)
    condition = {"field": "visitor", "operator": "equals", "value": "returning"}
    new_rule(rules, link, conditions=[condition], destination_url=None, destinations=_TWO, sticky="cookie")

    first = visit(f"/{link['code']}")
    again = visit(f"/{link['code']}", headers={"Cookie": "px_r=1"})
    machine = visit(f"/{link['code']}", headers={"User-Agent": "curl/8.0"})

    assert first.location == _PAGE
    assert first.headers["Set-Cookie"].startswith(f"px_r=1; Max-Age=2592000; Path=/{link['code']}; HttpOnly")
    assert again.location != _PAGE
    assert [cookie.partition("=")[0][:5] for cookie in again.cookies] == ["px_r", "px_v_"]
    assert machine.cookies == []


def test_deep_links_stand_behind_rules(rules: RuleStore, clicks: Clicks) -> None:
    link = new_link(rules.links, deep_link_enabled=True, deep_link_ios=_APP, utm_source="flyer")
    new_rule(rules, link)

    assert _answer(link, headers=_IPHONE) == (302, f"{_APP}?utm_source=flyer")
    assert _answer(link, headers={**_IPHONE, **_GERMAN}) == (302, f"{_RULE}?utm_source=flyer")
    assert _answer(link) == (302, f"{_PAGE}?utm_source=flyer")
