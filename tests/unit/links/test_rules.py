"""The rules of each field of a rule: what is refused, by which path and code, and what is stored."""

from typing import Any

import pytest

from pixel.links.rules import CONDITIONS_MAX, DESTINATIONS_MAX, NewRule, RuleChanges, SimulatedRequest
from pixel.workspaces.models import InvalidFieldsError, RecordModel, checked

_URL = "https://example.com/a"
_RULE: dict[str, Any] = {
    "link_id": "link_1",
    "name": "Germany",
    "destination_url": _URL,
    "conditions": [{"field": "country", "operator": "equals", "value": "DE"}],
}


def _faults(given: dict[str, Any], model: type[RecordModel] = NewRule) -> dict[str, str]:
    try:
        checked(model, given)
    except InvalidFieldsError as refusal:
        return {fault.path: fault.code for fault in refusal.faults}
    return {}


def _condition(field: Any, operator: Any, *value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, **({"value": value[0]} if value else {})}


_STORED = {
    ("country", "equals", "de"): "de",
    ("country", "in", "GB"): ["gb"],
    ("country", "notIn", ("DE", "at", "De")): ["de", "at"],
    ("continent", "notEquals", "EU"): "eu",
    ("deviceType", "in", ("Mobile", "tv")): ["mobile", "tv"],
    ("os", "equals", "iPadOS"): "ipados",
    ("browser", "equals", "samsung internet"): "samsung internet",
    ("language", "in", ("pt-BR",)): ["pt-br"],
    ("referrer", "endsWith", " Example.COM "): "example.com",
    ("utm_source", "startsWith", "News"): "news",
    ("query.Ref", "contains", "STRASSE"): "strasse",
    ("query.Ref", "equals", "Straße"): "strasse",
    ("ip", "inCidr", "203.0.113.9/24"): ["203.0.113.0/24"],
    ("ip", "notInCidr", ("2001:db8::/32", "203.0.113.7")): ["2001:db8::/32", "203.0.113.7/32"],
    ("visitor", "equals", "new"): "new",
    ("trigger", "notEquals", "QR"): "qr",
    ("isBot", "equals", True): "true",
    ("isBot", "equals", "false"): "false",
    ("time", "between", ("22:00", "06:00")): ["22:00", "06:00"],
    ("dayOfWeek", "in", ("Mon", "sun")): ["mon", "sun"],
    ("date", "before", "2026-12-24T18:00:00+01:00"): "2026-12-24T17:00:00Z",
    ("date", "between", ("2026-01-01T00:00Z", "2026-02-01T00:00Z")): ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"],
    ("bucket", "lt", 12.5): 12.5,
    ("bucket", "between", (0, 100)): [0, 100],
}


def _as_sent(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def test_values_are_stored_folded() -> None:
    found: dict[Any, Any] = {
        case: checked(NewRule, {**_RULE, "conditions": [_condition(*case[:2], _as_sent(case[2]))]}).given()
        for case in _STORED
    }

    assert {case: given["conditions"][0]["value"] for case, given in found.items()} == _STORED
    for operator in ("exists", "notExists"):
        given = checked(NewRule, {**_RULE, "conditions": [_condition("query.x", operator)]}).given()
        assert given["conditions"] == [_condition("query.x", operator)]


_WRONG: list[tuple[dict[str, Any], str, str]] = [
    (_condition("osVersion", "equals", "1"), "field", "invalid"),
    (_condition("browserVersion", "equals", "1"), "field", "invalid"),
    (_condition("isp", "equals", "1"), "field", "invalid"),
    (_condition("nothing", "equals", "1"), "field", "invalid"),
    (_condition("query.", "exists"), "field", "invalid"),
    (_condition("query.a b", "exists"), "field", "invalid"),
    (_condition(7, "exists"), "field", "wrong_type"),
    *((_condition(name, "exists"), "field", "not_available") for name in ("region", "city", "asn", "latitude")),
    (_condition("country", "contains", "D"), "operator", "invalid"),
    (_condition("country", "Equals", "DE"), "operator", "invalid"),
    (_condition("country", 7, "DE"), "operator", "wrong_type"),
    (_condition("visitor", "notEquals", "new"), "operator", "invalid"),
    (_condition("language", "exists"), "operator", "invalid"),
    (_condition("referrer", "startsWith", "a"), "operator", "invalid"),
    (_condition("query.a", "endsWith", "a"), "operator", "invalid"),
    (_condition("bucket", "gt", 1), "operator", "invalid"),
    (_condition("country", "equals"), "value", "missing"),
    (_condition("country", "exists", "DE"), "value", "invalid"),
    (_condition("country", "equals", "UK"), "value", "invalid"),
    (_condition("country", "equals", ["DE"]), "value", "invalid"),
    (_condition("country", "in", []), "value", "invalid"),
    (_condition("country", "in", ["DE"] * 101), "value", "invalid"),
    (_condition("country", "in", ["DE", 7]), "value", "invalid"),
    (_condition("continent", "equals", "Europe"), "value", "invalid"),
    (_condition("deviceType", "equals", "phone"), "value", "invalid"),
    (_condition("os", "equals", "Mac OS X"), "value", "invalid"),
    (_condition("browser", "equals", "Chrome 140"), "value", "invalid"),
    (_condition("language", "equals", "deutsch!"), "value", "invalid"),
    (_condition("utm_source", "equals", ""), "value", "invalid"),
    (_condition("utm_source", "equals", "a\x00b"), "value", "invalid"),
    (_condition("utm_source", "equals", "x" * 256), "value", "too_long"),
    (_condition("ip", "inCidr", "203.0.113.0/33"), "value", "invalid"),
    (_condition("ip", "inCidr", "example.com"), "value", "invalid"),
    (_condition("trigger", "equals", "mail"), "value", "invalid"),
    (_condition("isBot", "equals", 1), "value", "invalid"),
    (_condition("time", "between", ["09:00"]), "value", "invalid"),
    (_condition("time", "between", ["09:00", "24:00"]), "value", "invalid"),
    (_condition("time", "between", ["9:00", "10:00"]), "value", "invalid"),
    (_condition("time", "between", ["09:00", "09:00"]), "value", "invalid"),
    (_condition("dayOfWeek", "in", ["monday"]), "value", "invalid"),
    (_condition("date", "before", "2026-12-24"), "value", "invalid"),
    (_condition("date", "between", ["2026-02-01T00:00Z", "2026-01-01T00:00Z"]), "value", "invalid"),
    (_condition("bucket", "lt", 101), "value", "invalid"),
    (_condition("bucket", "lt", -1), "value", "invalid"),
    (_condition("bucket", "lt", "1"), "value", "invalid"),
    (_condition("bucket", "lt", float("nan")), "value", "invalid"),
    (_condition("bucket", "between", [50, 20]), "value", "invalid"),
]


def test_a_wrong_condition_is_refused_at_its_place() -> None:
    first = _RULE["conditions"][0]
    found = [_faults({**_RULE, "conditions": [first, condition]}) for condition, _, _ in _WRONG]

    assert found == [{f"conditions.1.{path}": code} for _, path, code in _WRONG]


def test_a_refusal_names_what_other_products_have() -> None:
    conditions = [_condition(name, "exists") for name in ("osVersion", "browserVersion", "isp")]
    with pytest.raises(InvalidFieldsError) as refusal:
        checked(NewRule, {**_RULE, "conditions": conditions})

    for name, fault in zip(("osVersion", "browserVersion", "isp"), refusal.value.faults, strict=True):
        assert name in fault.message


def test_other_forms_of_conditions_are_refused() -> None:
    others: list[Any] = [{"type": "country"}, [], _RULE["conditions"] * (CONDITIONS_MAX + 1), "country"]
    for conditions in others:
        assert [*_faults({**_RULE, "conditions": conditions})] == ["conditions"]
    nested = {"conditionLogic": "OR", "conditions": _RULE["conditions"]}
    assert _faults({**_RULE, "conditions": [nested]}) == {"conditions.0": "invalid"}
    assert _faults({**_RULE, "type": "geo", "campaign_id": "camp_1"}) == {"type": "unknown", "campaign_id": "unknown"}


def test_the_other_fields_of_a_rule() -> None:
    two = [{"url": _URL, "weight": 1}, {"url": f"{_URL}b", "weight": 1000}]
    wrong: list[tuple[dict[str, Any], list[str]]] = [
        ({"name": ""}, ["name"]),
        ({"priority": 0}, ["priority"]),
        ({"priority": 1001}, ["priority"]),
        ({"priority": True}, ["priority"]),
        ({"condition_logic": "and"}, ["condition_logic"]),
        ({"enabled": "yes"}, ["enabled"]),
        ({"description": "x" * 501}, ["description"]),
        ({"starts_at": "soon"}, ["starts_at"]),
        ({"timezone": "Mars/Olympus"}, ["timezone"]),
        ({"sticky": "ip"}, ["sticky"]),
        ({"destination_url": "http://127.0.0.1/"}, ["destination_url"]),
        ({"destinations": two[:1]}, ["destinations"]),
        ({"destinations": [two[0]] * 2}, ["destinations"]),
        ({"destinations": two * DESTINATIONS_MAX}, ["destinations"]),
        (
            {"destinations": [two[0], {"url": "ftp://x.com", "weight": 0}]},
            ["destinations.1.url", "destinations.1.weight"],
        ),
    ]

    assert [[*_faults({**_RULE, **given})] for given, _ in wrong] == [paths for _, paths in wrong]
    assert _faults({**_RULE, "destination_url": None, "destinations": two}) == {}
    assert _faults({"link_id": "link_1"}, RuleChanges) == {"link_id": "unknown"}  # it never changes
    assert checked(RuleChanges, {"destinations": two}).given() == {"destinations": two}


def test_a_simulation_describes_a_visit() -> None:
    assert checked(SimulatedRequest, {"country": "DE", "query": {"a": "b"}}).given() == {
        "country": "DE",
        "query": {"a": "b"},
    }
    assert _faults({"trigger": "mail", "device": "x"}, SimulatedRequest) == {"trigger": "invalid", "device": "unknown"}
