"""What can be sent, and the exact faults of what cannot."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixel.events.models import Custom, Pageview, Payment, read_event, read_event_or_identify, read_identify
from pixel.foundation.errors import FAULTS_SHOWN_MAX, ApiError, ErrorCode
from pixel.http.request_bodies import InvalidJsonError, parse_json
from tests.conftest import Frozen
from tests.unit.events.wrong_bodies import WRONG, Wrong

_SITE = {"website_id": "admx_1"}
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def _faults_of(body: Any, read: Callable[[Any], object]) -> Any:
    """Return None where the body is taken."""
    try:
        read(body)
    except ApiError as failure:
        return (failure.details or {})["fields"]
    return None


def _details_of(body: Any, read: Callable[[Any], object] = read_event) -> dict[str, Any]:
    with pytest.raises(ApiError) as caught:
        read(body)
    assert caught.value.error is ErrorCode.INVALID_BODY
    assert caught.value.details is not None
    return dict(caught.value.details)


def _codes_of(body: Any, read: Callable[[Any], object] = read_event) -> dict[str, str]:
    return {fault["path"]: fault["code"] for fault in _details_of(body, read)["fields"]}


def _sentences_of(body: Any) -> dict[str, str]:
    return {fault["path"]: fault["message"] for fault in _details_of(body)["fields"]}


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: str(wrong.body)[:60].encode("ascii", "replace").decode())
def test_what_is_wrong_is_named(wrong: Wrong) -> None:
    try:
        body = parse_json(wrong.body) if isinstance(wrong.body, str) else wrong.body
    except InvalidJsonError:
        assert wrong.faults == {"body": "invalid"}
    else:
        assert _codes_of(body) == wrong.faults


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
        ({**_SITE, "name": "payment", "amount": 1e3, "currency": "JPY"}, Payment),
    ],
)
def test_each_name_has_a_model(body: dict[str, Any], kind: type[object]) -> None:
    assert isinstance(read_event(body), kind)


def test_null_is_as_good_as_absent_where_a_field_may_be(frozen: Frozen) -> None:
    assert frozen.seconds
    optional = {name: None for name in Pageview.model_fields if name not in ("website_id", "name", "path")}

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


def test_text_that_is_a_number_in_ascii_is_that_number() -> None:
    numbers = {" 5 ": 5, "+5": 5, ".5": 0.5, "5.": 5, "05.50": 5.5, "1e3": 1000, "12E-1": 1.2}

    for text, number in numbers.items():
        event = read_event({**_SITE, "name": "payment", "amount": text, "currency": "EUR"})
        assert isinstance(event, Payment)
        assert event.amount == Decimal(str(number)), text


def test_a_text_with_a_byte_order_mark_is_json() -> None:
    assert parse_json('\ufeff {"a": 1}\n') == {"a": 1}


@pytest.mark.parametrize("value", ["someone@example.com", "4111111111111111", "secret-token"])
def test_no_fault_repeats_a_value(value: str) -> None:
    names = [name for name in Payment.model_fields if name != "name"]
    for some in (names[:FAULTS_SHOWN_MAX], names[FAULTS_SHOWN_MAX:]):
        details = _details_of({**{name: [value] for name in some}, "name": "payment", "properties": {"a": [value]}})

        assert {*some} <= {fault["path"] for fault in details["fields"]}
        assert value not in json.dumps(details)


def test_an_event_without_a_name_has_the_faults_of_the_common_fields_too() -> None:
    body = {"visitor_id": 7, "country": "Germany", "amount": "ten", "more": 1}
    faults = {"website_id": "missing", "visitor_id": "wrong_type", "country": "invalid", "more": "unknown"}

    assert _codes_of(body) == {"name": "missing", **faults}
    assert _codes_of({**body, "name": "click"}) == {"name": "invalid", **faults}
    assert _codes_of({**body, "name": ["pageview"]}) == {"name": "invalid", **faults}


def test_a_pageview_without_a_page_has_its_other_faults_too() -> None:
    assert _codes_of({"name": "pageview", "title": 7}) == {
        "website_id": "missing",
        "title": "wrong_type",
        "path": "missing",
    }
    assert _codes_of({"name": "pageview", "url": "/", "title": 7}).keys() == {"website_id", "title", "url"}


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"utm_sorce": 1}, "`utm_sorce` is not a field of this event; did you mean `utm_source`?"),
        ({"Path": "/"}, "`Path` is not a field of this event; did you mean `path`?"),
        ({"goal": "a"}, "`goal` is not a field of this event; remove it."),
        ({"timestamp": 1772600770}, "`timestamp` looks like epoch seconds; send milliseconds."),
        ({"timestamp": 0}, "`timestamp` must not be more than five years ago."),
        ({"country": "Germany"}, "`country` must be an ISO 3166-1 alpha-2 code, such as DE."),
        ({"session_id": "s" * 129}, "`session_id` must have at most 128 characters."),
        ({"title": 7}, "`title` must be text."),
    ],
)
@pytest.mark.usefixtures("frozen")
def test_a_sentence_says_what_to_do(sent: dict[str, Any], sentence: str) -> None:
    assert _sentences_of({**_SITE, "name": "pageview", "path": "/", **sent}) == {next(iter(sent)): sentence}


def test_a_name_is_looked_for_among_the_fields_of_that_event() -> None:
    payment = {**_SITE, "name": "payment", "amount": 1, "currency": "EUR"}

    assert _sentences_of({**payment, "amont": 1})["amont"].endswith("did you mean `amount`?")
    assert _sentences_of({**_SITE, "name": "pageview", "path": "/", "amont": 1})["amont"].endswith("remove it.")
    assert _sentences_of({**_SITE, "nam": "pageview"})["nam"].endswith("did you mean `name`?")


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("page_view", "must be pageview, custom or payment; did you mean `pageview`?"),
        ("Payments", "must be pageview, custom or payment; did you mean `payment`?"),
        ("click", "must be pageview, custom or payment."),
        (["pageview"], "must be pageview, custom or payment."),
        (None, "is required: pageview, custom or payment."),
    ],
)
def test_the_names_of_events_are_told_and_the_nearest_one(name: object, ending: str) -> None:
    assert _sentences_of({**_SITE, "name": name}) == {"name": f"`name` {ending}"}


def test_a_source_that_accepts_an_identify_names_it_too() -> None:
    details = _details_of({**_SITE, "name": "identity"}, read_event_or_identify)

    assert details["fields"][0]["message"] == (
        "`name` must be pageview, custom, payment or identify; did you mean `identify`?"
    )
    assert _codes_of({"name": "identify", "\ud800": 1}, read_event_or_identify).keys() == {
        *("body", "website_id", "visitor_id", "external_id")
    }


def test_of_many_faults_the_first_are_shown_and_all_are_counted() -> None:
    unknown = {f"field_{number}": number for number in range(5000)}

    details = _details_of({**_SITE, "name": "pageview", "path": "/", **unknown})

    assert [fault["path"] for fault in details["fields"]] == list(unknown)[:FAULTS_SHOWN_MAX]
    assert details["total"] == len(unknown)
    assert "total" not in _details_of({"name": "pageview"})


@given(_JSON)
def test_whatever_is_sent_is_taken_or_named(body: Any) -> None:
    for read in (read_event, read_identify, read_event_or_identify):
        faults = _faults_of(body, read)
        assert faults is None or faults
        assert all(fault["path"] and fault["message"].endswith((".", "?")) for fault in faults or ())


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
        ({"\ud800": 1, "external_id": 7, "x": 1}, {"body": "invalid", "external_id": "wrong_type", "x": "unknown"}),
    ],
)
def test_identify_is_checked_alike(changed: dict[str, Any], faults: dict[str, str]) -> None:
    assert _codes_of({**_SITE, "visitor_id": "v", "external_id": "e", **changed}, read_identify) == faults


def _sentence_for(text: str) -> str:
    try:
        parse_json(text)
    except InvalidJsonError as failure:
        return str(failure)
    return "It is JSON."


@pytest.mark.usefixtures("frozen")
def test_a_likely_mistake_of_a_timestamp_is_named(frozen: Frozen) -> None:
    seconds = frozen.seconds
    given = {
        int(seconds): "looks like epoch seconds; send milliseconds.",
        seconds + 0.5: "looks like epoch seconds; send milliseconds.",
        int(seconds * 1_000_000): "looks like epoch microseconds or nanoseconds; send milliseconds.",
        int(seconds) * 1_000_000_000: "looks like epoch microseconds or nanoseconds; send milliseconds.",
        str(int(seconds)): "is a number in text; send epoch milliseconds as a number, or ISO 8601 such as "
        "2026-04-01T09:30:00Z.",
        "2026-03-01T09:30:00": "has no time zone; end it with Z or an offset, as in 2026-04-01T09:30:00Z.",
        int(seconds * 1000) + 7_200_000: "must be at most one hour in the future.",
    }

    found = {value: _sentences_of({**_SITE, "name": "pageview", "path": "/", "timestamp": value}) for value in given}

    assert found == {value: {"timestamp": f"`timestamp` {sentence}"} for value, sentence in given.items()}


def test_an_unknown_name_of_an_event_gets_the_nearest() -> None:
    given = {
        "page_view": "pageview",
        "PageView": "pageview",
        "payments": "payment",
        "custom_event": "custom",
        "x": None,
    }

    found = {name: _sentences_of({**_SITE, "name": name})["name"] for name in given}

    names = "`name` must be pageview, custom or payment"
    assert found == {
        name: f"{names}; did you mean `{meant}`?" if meant else f"{names}." for name, meant in given.items()
    }


def test_devices_browsers_and_systems_are_written_in_one_spelling() -> None:
    given = {"device": "Mobile", "browser": "chrome", "os": "MACOS"}

    event = read_event({**_SITE, "name": "pageview", "path": "/", **given})
    others = read_event({**_SITE, "name": "pageview", "path": "/", "device": "", "browser": "Lynx", "os": "Plan 9"})

    assert (event.device, event.browser, event.os) == ("mobile", "Chrome", "macOS")
    assert (others.device, others.browser, others.os) == ("", "Lynx", "Plan 9")
    assert _sentences_of({**_SITE, "name": "pageview", "path": "/", "device": "phone"}) == {
        "device": "`device` must be desktop, mobile, tablet, tv or console."
    }
