"""Rules choose as the words of their table say: compared with a second implementation on random rules and requests.

`RULES_REQUESTS=100000` compares as many.
"""

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from pixel.events.enrichment.bots import Verdict
from pixel.links.rules import NewRule
from pixel.links.rules_compiled import compiled_rules, with_rule_changes
from pixel.redirects.facts import Facts
from pixel.redirects.rules import evaluate, place_of
from pixel.redirects.visits import Visit
from pixel.workspaces.models import checked
from tests.thorough import depth
from tests.unit.redirects.rule_oracle import first_match

_REQUESTS = depth("RULES_REQUESTS", usual=4000, thorough=20000)
_RULES_OF_A_LINK = 4
_REQUESTS_OF_A_LINK = 20
_SECRET = "5" * 32
_MOMENTS = (*range(0, 31 * 86_400, 43_200), 8 * 3600 + 1800, 17 * 3600)  # at which something begins or ends
_DAYS = (2, 9, 16, 23, 30)
_DATES = [(day - 1) * 86_400 + 43_200 for day in _DAYS]
_START = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())

# A user agent, and what it is: device, system and browser.
_AGENTS = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36": (
        *("desktop", "Windows", "Chrome"),
    ),
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1": (
        *("mobile", "iOS", "Safari"),
    ),
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36": (
        *("mobile", "Android", "Chrome"),
    ),
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": ("desktop", "Linux", "Firefox"),
    "": ("", "", ""),
}
_COUNTRIES = {"DE": "EU", "AT": "EU", "US": "NA", "JP": "AS", "": ""}
_LANGUAGES = ("de", "de-AT", "en-US", "pt-BR", "")
_REFERRERS = ("www.google.com", "google.com", "news.example.org", "")
_WORDS = ("mail", "Mail", "newsletter", "x", "")
_ADDRESSES = ("203.0.113.7", "203.0.113.250", "198.51.100.1", "2001:db8:1::1", "2001:db8:1:ff::2", "2001:db8:2::1")
_NETWORKS = ("203.0.113.0/24", "198.51.100.1", "2001:db8:1::/48", "10.0.0.0/8", "::/0")
_ZONES = ("UTC", "Europe/Berlin", "Asia/Tokyo", "America/St_Johns")
_CLOSED = ("equals", "notEquals", "in", "notIn", "exists", "notExists")
_PARAMETER = (*_CLOSED, "contains", "notContains", "startsWith")
_FIELDS: dict[str, tuple[tuple[str, ...], tuple[Any, ...]]] = {
    "country": (_CLOSED, ("DE", "at", "US", "JP", "BR")),
    "continent": (_CLOSED, ("EU", "na", "AS", "AF")),
    "deviceType": (_CLOSED, ("Desktop", "mobile", "tv")),
    "os": (_CLOSED, ("iOS", "android", "Windows", "Linux", "macOS")),
    "browser": (_CLOSED, ("chrome", "Safari", "Firefox", "Edge")),
    "language": (_CLOSED[:4], ("de", "de-at", "EN", "pt-BR", "fr")),
    "referrer": ((*_CLOSED, "contains", "notContains", "endsWith"), ("google.com", "GOOGLE", "example.org", ".com")),
    "utm_source": (_PARAMETER, ("mail", "MAI", "news", "x")),
    "query.Ref": (_PARAMETER, ("mail", "letter", "X")),
    "ip": (("inCidr", "notInCidr"), _NETWORKS),
    "visitor": (("equals",), ("new", "returning")),
    "trigger": (("equals", "notEquals"), ("link", "qr")),
    "isBot": (("equals", "notEquals"), ("true", "false")),
    "time": (("between", "notBetween"), ("00:00", "08:30", "17:00", "23:59")),
    "dayOfWeek": (("in", "notIn"), ("mon", "tue", "wed", "thu", "fri", "sat", "sun")),
    "date": (("before", "after", "between"), tuple(f"2026-03-{day:02}T12:00:00Z" for day in _DAYS)),
    "bucket": (("lt", "gte", "between"), (0, 12.5, 50, 75, 100)),
}
_LISTS = frozenset({"in", "notIn", "inCidr", "notInCidr"})


def _condition(source: random.Random) -> dict[str, Any]:
    field = source.choice([*_FIELDS])
    operators, values = _FIELDS[field]
    operator = source.choice(operators)
    if operator in {"exists", "notExists"}:
        return {"field": field, "operator": operator}
    value: Any = source.choice(values)
    if operator in {"between", "notBetween"}:
        value = source.sample(values, 2)
        value = value if field == "time" else sorted(value)
    elif operator in _LISTS:
        value = source.sample(values, source.randint(1, 3))
    return {"field": field, "operator": operator, "value": value}


def _rule(source: random.Random, number: int) -> dict[str, Any]:
    """Return a rule as it is stored, of random fields that its model has taken."""
    given: dict[str, Any] = {
        "link_id": "link_1",
        "name": "A rule",
        "conditions": [_condition(source) for _ in range(source.choice((1, 1, 2, 3)))],
        "condition_logic": source.choice(("AND", "OR")),
        "priority": source.choice((1, 100, 100, 500)),
        "enabled": source.random() < 0.9,
        "timezone": source.choice(_ZONES),
        "sticky": source.choice(("hash", "cookie")),
    }
    if source.random() < 0.5:
        places = range(source.randint(2, 5))
        given["destinations"] = [
            {"url": f"https://example.com/{place}", "weight": source.randint(1, 1000)} for place in places
        ]
    else:
        given["destination_url"] = "https://example.com/one"
    if source.random() < 0.2:
        given["starts_at"] = f"2026-03-{source.randint(1, 20):02}T00:00:00Z"
    if source.random() < 0.2:
        given["ends_at"] = f"2026-03-{source.randint(21, 30):02}T00:00:00Z"
    stored = checked(NewRule, given).given()
    base = {"id": f"rule_{number:020}", "created_at": f"2026-01-01T00:00:{source.randint(0, 3):02}Z"}
    assert with_rule_changes(base, stored, ()) == {**base, **stored}
    # The oracle gets the conditions as they were sent.
    return {**base, **stored, "sent": {**base, **stored, "conditions": given["conditions"]}}


def _request(source: random.Random, rules: list[dict[str, Any]]) -> dict[str, Any]:
    agent = source.choice([*_AGENTS])
    device, system, browser = _AGENTS[agent]
    country = source.choice([*_COUNTRIES])
    trigger = source.choice(("link", "qr"))
    query = {name: source.choice(_WORDS) for name in ("utm_source", "Ref", "ref") if source.random() < 0.5}
    return {
        "agent": agent,
        "deviceType": device,
        "os": system,
        "browser": browser,
        "country": country,
        "continent": _COUNTRIES[country],
        "language": source.choice(_LANGUAGES).lower(),
        "referrer": source.choice(_REFERRERS),
        "query": query | ({"qr": "1"} if trigger == "qr" else {}),
        "ip": source.choice(_ADDRESSES),
        "visitor": source.choice(("new", "returning")),
        "trigger": trigger,
        "isBot": "true" if source.random() < 0.2 else "false",
        "at": _START + source.choice((source.randint(0, 31 * 86_400), source.choice(_MOMENTS), source.choice(_DATES))),
        "kept": {rule["id"]: str(source.randint(0, 6)) for rule in rules if source.random() < 0.3},
    }


def _visit(request: dict[str, Any]) -> Visit:
    cookies = [f"px_v_{rule_id}={place}" for rule_id, place in request["kept"].items()]
    cookies += ["px_r=1"] if request["visitor"] == "returning" else []
    headers = {
        "user-agent": request["agent"],
        "cloudfront-viewer-country": request["country"],
        "accept-language": f"{request['language']},fr;q=0.2" if request["language"] else "",
        "referer": f"https://{request['referrer']}/a?b" if request["referrer"] else "",
        "cookie": "; ".join(cookies),
    }
    query = {name: [value, "second"] for name, value in request["query"].items()}
    sent = {name: [value] for name, value in headers.items()}
    return Visit("GET", "code", "", "go.example.com", request["ip"], query, sent, "", is_base64=False)


def _chosen(link: dict[str, Any], request: dict[str, Any]) -> tuple[str, int] | None:
    facts = Facts(_visit(request), Verdict("crawler" if request["isBot"] == "true" else ""))
    rule = evaluate(link, facts, float(request["at"])).rule
    if rule is None:
        return None
    place = place_of(link, rule, facts, request["kept"].get(rule["id"], ""))
    return rule["id"], place if len(rule["to"]) > 1 else 0


@pytest.mark.timeout(900)
def test_rules_choose_as_a_second_implementation_does() -> None:
    source = random.Random(20)
    matched, fields = 0, set()
    for _ in range(_REQUESTS // _REQUESTS_OF_A_LINK):
        rules = [_rule(source, number) for number in range(_RULES_OF_A_LINK)]
        link = {"rules": compiled_rules(rules), "sticky_secret": _SECRET}
        fields |= {(one["field"], one["operator"]) for rule in rules for one in rule["conditions"]}
        for _ in range(_REQUESTS_OF_A_LINK):
            request = _request(source, rules)
            expected = first_match([rule["sent"] for rule in rules], request, _SECRET)
            assert _chosen(link, request) == expected, (request, [rule["sent"] for rule in rules])
            matched += expected is not None

    assert fields == {(field, operator) for field, (operators, _) in _FIELDS.items() for operator in operators}
    assert 0.3 < matched / _REQUESTS < 0.98
