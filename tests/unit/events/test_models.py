"""What can be sent, and the exact faults of what cannot."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixel.events.model_schemas import fields_of
from pixel.events.models import Custom, Pageview, Payment, read_event, read_identify
from pixel.foundation.errors import FieldErrors
from pixel.http.request_bodies import InvalidJsonError, parse_json
from tests.conftest import Frozen
from tests.unit.events.wrong_bodies import WRONG, Wrong

_SITE = {"website_id": "admx_1"}
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def _faults_of(body: str | dict[str, Any]) -> dict[str, str]:
    try:
        event = read_event(parse_json(body) if isinstance(body, str) else body)
    except InvalidJsonError:
        return {"body": "invalid"}
    assert isinstance(event, FieldErrors), "this is taken"
    return {fault.path: fault.code for fault in event.found}


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: str(wrong.body)[:60].encode("ascii", "replace").decode())
def test_what_is_wrong_is_named(wrong: Wrong) -> None:
    assert _faults_of(wrong.body) == wrong.faults


def test_there_are_hundreds_of_ways_to_be_wrong() -> None:
    assert len(WRONG) >= 300


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({**_SITE, "name": "pageview", "path": "/"}, Pageview),
        ({**_SITE, "name": "pageview", "url": "https://example.com"}, Pageview),
        ({**_SITE, "name": "custom", "goal_name": "Sign up", "value": 5, "currency": "eur"}, Custom),
        ({**_SITE, "name": "custom", "goal_name": "refund", "value": "-0.5"}, Custom),
        ({**_SITE, "name": "payment", "amount": 99.00, "currency": "USD"}, Payment),
        ({**_SITE, "name": "payment", "amount": "999999999.9999", "currency": "JPY", "refund": True}, Payment),
    ],
)
def test_each_name_has_a_model(body: dict[str, Any], kind: type[object]) -> None:
    assert isinstance(read_event(body), kind)


def test_null_is_as_good_as_absent_where_a_field_may_be(frozen: Frozen) -> None:
    assert frozen.seconds
    optional = {name: None for name in fields_of(Pageview) if name not in ("website_id", "name", "path")}

    with_null = read_event({**_SITE, "name": "pageview", "path": "/", **optional})
    assert vars(with_null) == vars(read_event({**_SITE, "name": "pageview", "path": "/"}))


@pytest.mark.parametrize(
    ("value", "epoch_ms"),
    [
        ("2026-03-04T05:06:10Z", 1772600770000),
        ("2026-03-04T05:06:10.123456Z", 1772600770123),
        ("2026-03-04T06:06:10+01:00", 1772600770000),
        ("2026-03-04t05:06:10z", 1772600770000),
        ("2026-03-04T06:06Z", 1772604360000),
        (1772600770123, 1772600770123),
        (1772604370000, 1772604370000),
    ],
)
@pytest.mark.usefixtures("frozen")
def test_a_moment_is_kept_to_the_millisecond(value: object, epoch_ms: int) -> None:
    event = read_event({**_SITE, "name": "pageview", "path": "/", "timestamp": value})

    assert isinstance(event, Pageview)
    assert event.timestamp == epoch_ms


def test_what_is_written_in_two_ways_is_stored_in_one() -> None:
    event = read_event(
        {**_SITE, "name": "payment", "amount": "10.50", "currency": "usd", "country": "de", "visitor_id": " v1 "}
    )

    assert isinstance(event, Payment)
    assert (event.amount, event.currency, event.country, event.visitor_id) == (Decimal("10.5"), "USD", "DE", "v1")


@pytest.mark.parametrize("value", ["someone@example.com", "4111111111111111", "secret-token"])
def test_no_fault_repeats_a_value(value: str) -> None:
    names = [name for name in fields_of(Payment) if name != "name"]
    faults = read_event({**{name: [value] for name in names}, "name": "payment", "properties": {"a": [value]}})

    assert isinstance(faults, FieldErrors)
    assert len(faults.found) > 20
    assert value not in json.dumps([fault.message for fault in faults.found])


@given(_JSON)
def test_whatever_is_sent_is_taken_or_named(body: Any) -> None:
    for read in (read_event, read_identify):
        outcome = read(body)
        if isinstance(outcome, FieldErrors):
            assert outcome.found
            assert all(fault.path and fault.message.endswith(".") for fault in outcome.found)


@given(st.text())
def test_whatever_is_no_json_is_named(text: str) -> None:
    assert _sentence_for(text).endswith(".")


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({"external_id": ""}, {"external_id": "invalid"}),
        ({"external_id": 7}, {"external_id": "wrong_type"}),
        ({"external_id": "x" * 513}, {"external_id": "too_long"}),
        ({"visitor_id": None}, {"visitor_id": "wrong_type"}),
        ({"traits": {"a": []}}, {"traits": "invalid"}),
        ({"name": "x"}, {"name": "unknown"}),
    ],
)
def test_identify_is_checked_alike(changed: dict[str, Any], faults: dict[str, str]) -> None:
    outcome = read_identify({**_SITE, "visitor_id": "v", "external_id": "e", **changed})

    assert isinstance(outcome, FieldErrors)
    assert {fault.path: fault.code for fault in outcome.found} == faults


def _sentence_for(text: str) -> str:
    try:
        parse_json(text)
    except InvalidJsonError as failure:
        return str(failure)
    return "It is JSON."
