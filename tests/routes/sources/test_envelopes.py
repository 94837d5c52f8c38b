"""The event in each envelope is the same event, and a repeat of a delivery is the same delivery."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import pytest

from pixel.foundation.errors import ApiError
from pixel.ingest.event import IncomingEvent
from pixel.ingest.sources.envelopes import Delivery, S3Notification, S3Object, Unwrapped, unwrap
from tests.conftest import Frozen
from tests.routes.sent_events import goal, pageview, payment
from tests.routes.sources.deliveries import SENT_MS, in_eventbridge, in_sns, notice_of_s3, text

_AT_EVENTBRIDGE = 1_772_600_768_000
_AT_SNS = 1_772_600_768_112


def _open(content: object, origin: str = "sqs#1") -> list[Unwrapped | S3Notification]:
    return list(unwrap(Delivery(text(content), origin, SENT_MS)))


def _given(found: Unwrapped | S3Notification) -> IncomingEvent:
    assert isinstance(found, Unwrapped)
    assert found.incoming is not None
    return found.incoming


def _opened(content: object) -> IncomingEvent:
    [found] = _open(content)
    return _given(found)


def _error_of(content: object) -> ApiError:
    [found] = _open(content)
    assert isinstance(found, Unwrapped)
    assert found.error is not None
    assert found.incoming is None
    return found.error


def _in_list(event: dict[str, Any]) -> dict[str, Any]:
    return {"events": [event]}


@pytest.fixture(autouse=True)
def _now(frozen: Frozen) -> None:
    """Freeze the time two minutes before the deliveries' own times."""


@pytest.mark.parametrize("event", [pageview(), goal(), payment()], ids=lambda event: str(event["name"]))
@pytest.mark.parametrize(
    ("wrap", "origin", "at_ms"),
    [
        (dict, "sqs#1", SENT_MS),
        (in_sns, "sns#sns-1", _AT_SNS),
        (in_eventbridge, "eventbridge#eb-1", _AT_EVENTBRIDGE),
        (lambda event: in_sns(in_eventbridge(event)), "eventbridge#eb-1", _AT_EVENTBRIDGE),
        (lambda event: in_sns(in_sns(event, "inner")), "sns#inner", _AT_SNS),
    ],
    ids=["plain", "sns", "eventbridge", "eventbridge in sns", "sns in sns"],
)
def test_an_event_is_found_in_its_envelope(
    event: dict[str, Any], wrap: Callable[[dict[str, Any]], object], origin: str, at_ms: int
) -> None:
    given = _opened(wrap(event))

    assert given.body == event
    assert (given.workspace_id, given.origin, given.at_ms) == (None, origin, at_ms)


def test_a_list_of_events_is_opened_one_by_one() -> None:
    found = _open({"events": [pageview(path="/1"), 7, pageview(path="/2")]})

    assert [_given(one).body for one in found] == [pageview(path="/1"), 7, pageview(path="/2")]
    assert [one.delivery.origin for one in found if isinstance(one, Unwrapped)] == ["sqs#1#0", "sqs#1#1", "sqs#1#2"]


@pytest.mark.parametrize(
    "content",
    [
        notice_of_s3("incoming/a"),
        in_sns(notice_of_s3("incoming/a")),
        {
            "Records": [
                {
                    "eventSource": "aws:s3",
                    "eventName": "ObjectCreated:Put",
                    "s3": {"bucket": {"name": "some-bucket"}, "object": {"key": "incoming/a", "eTag": "e"}},
                }
            ]
        },
    ],
    ids=["eventbridge", "sns", "s3"],
)
def test_a_notice_of_s3_is_handed_on_without_its_envelopes(content: dict[str, Any]) -> None:
    [found] = _open(content)
    assert found == S3Notification([S3Object("some-bucket", "incoming/a", "e", "e")])
    assert _open(found.texts[0]) == [found]


def test_a_large_notice_is_one_small_notice_for_each_object() -> None:
    records = [
        {
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Put",
            "userIdentity": "x" * 400,
            "s3": {
                "bucket": {"name": "b"},
                "object": {"key": f"incoming/{number}%C3%A4", "eTag": "e", "sequencer": "s"},
            },
        }
        for number in range(2000)
    ]
    [found] = _open({"Records": records})

    assert isinstance(found, S3Notification)
    assert max(map(len, found.texts)) < 300
    assert [_open(one) for one in found.texts[:2]] == [
        [S3Notification([S3Object("b", f"incoming/{number}ä", "e", "s")])] for number in range(2)
    ]
    assert len(found.texts) == 2000


@pytest.mark.parametrize(
    "key", ["incoming/a\u00a0b", "incoming/9.41\u202fAM.csv", "incoming/a\nb", "incoming/a\u2028b", "incoming/a+%b"]
)
def test_a_file_may_have_any_name_that_s3_takes(key: str) -> None:
    """Names that macOS gives to files have spaces that are not printable."""
    in_s3_s_form = {"bucket": {"name": "some-bucket"}, "object": {"key": quote_plus(key), "eTag": "e"}}
    record = {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": in_s3_s_form}
    for content in (notice_of_s3(key), {"Records": [record]}):
        [found] = _open(content)

        assert found == S3Notification([S3Object("some-bucket", key, "e", "e")])
        assert _open(found.texts[0]) == [found]


def test_that_s3_can_send_is_no_event() -> None:
    assert _open({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}) == []


@pytest.mark.parametrize("wrap", [dict, in_sns, in_eventbridge, _in_list], ids=["plain", "sns", "eventbridge", "list"])
def test_what_is_sent_again_from_a_dead_letter_is_the_same_delivery(
    wrap: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    [first] = _open(wrap(pageview()))
    assert isinstance(first, Unwrapped)
    delivery = first.delivery
    letter = {"origin": delivery.origin, "at_ms": delivery.at_ms, "event": delivery.text, "reason": "invalid_body"}

    [again] = _open(letter, "sqs#another message")

    assert _given(again) == first.incoming


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ("{", "body"),
        ('{"a": 1, "a": 2}', "body"),
        ("[" * 100_000, "body"),
        ({"events": []}, "events"),
        ({"events": {}}, "events"),
        (in_eventbridge(pageview(), detail={"name": "custom"}), "name"),
        (in_sns("not JSON"), "body"),
    ],
    ids=["cut off", "ambiguous", "too deep", "no events", "not a list", "two names", "text in sns"],
)
def test_what_cannot_be_read_is_rejected_with_a_sentence(content: object, path: str) -> None:
    error = _error_of(content)

    details: Any = error.details
    [fault] = details["fields"]
    assert fault["path"] == path
    assert fault["message"].endswith(".")


def test_too_large_an_event_and_too_long_a_list_are_rejected() -> None:
    large = _error_of(pageview(title="x" * 33_000))
    long = _error_of({"events": [{}] * 1001})

    assert (large.details, long.details) == ({"limit_bytes": 32_768}, {"limit_events": 1000})


@pytest.mark.parametrize(
    "content",
    [
        {"Records": [{"eventSource": "aws:s3"}]},
        notice_of_s3("incoming/a") | {"detail": {"bucket": {}, "object": {"key": "incoming/a"}}},
        notice_of_s3("incoming/a") | {"detail": {"bucket": {"name": "b"}, "object": {"key": 7}}},
        notice_of_s3("incoming/\ud800"),
        notice_of_s3("incoming/a", etag="\udfff"),
        notice_of_s3("incoming/a", sequencer="\ud800"),
        notice_of_s3("incoming/a") | {"detail-type": "Object Deleted"},
        notice_of_s3("incoming/" + "a" * 1024),
        notice_of_s3("incoming/a", sequencer="1" * 300_000),
    ],
    ids=[
        *("nothing", "no bucket", "no key", "half a character", "half a character of an etag"),
        *("half a character of a sequencer", "deleted", "no such key", "no such sequencer"),
    ],
)
def test_what_is_no_notice_of_an_object_that_was_put_is_refused_as_such(content: object) -> None:
    details: Any = _error_of(content).details

    assert details["fields"][0]["message"].startswith("An S3 event notification must be about created objects")


@pytest.mark.parametrize("at_ms", [-(10**18), 10**18, 10**400, True, 0, SENT_MS + 10**10])
def test_a_dead_letter_with_a_time_that_cannot_be_is_as_old_as_its_message(at_ms: int) -> None:
    assert _opened({"origin": "sqs#0", "at_ms": at_ms, "event": json.dumps(pageview())}).at_ms == SENT_MS


@pytest.mark.parametrize("time", ["2020-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "yesterday", None, 7])
def test_a_time_that_cannot_be_is_that_of_the_message(time: object) -> None:
    assert _opened(in_eventbridge(pageview(), time=time)).at_ms == SENT_MS


def test_envelopes_are_opened_so_deep_and_no_deeper() -> None:
    content: object = pageview()
    for depth in range(6):
        content = in_sns(content, f"sns-{depth}")

    assert "Type" in _opened(content).body
