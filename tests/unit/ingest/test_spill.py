"""Rows come out of the queue as they went in, whatever they hold."""

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pixel.aws import queues as sqs
from pixel.foundation import container
from pixel.ingest import spill
from pixel.ingest.spill import NotQueuedError, Spilled, UnreadableMessageError
from tests.conftest import Frozen, Output
from tests.queues import Queues

pytestmark = pytest.mark.usefixtures("tables", "output")


@pytest.fixture
def queue_down(monkeypatch: pytest.MonkeyPatch, no_sleep: list[float]) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:1")
    container.forget_environment()


def _spilled(queues: Queues) -> list[Spilled]:
    return [spill.read(message["Body"]) for message in queues.receive(queues.spill)]


def test_rows_are_kept_as_they_are(frozen: Frozen, sent: list[str]) -> None:
    spill.enqueue("pageviews", ['{"title":"é\\u0000 \\" 🙂"}', '{"n":2}'])

    assert sent == ["SendMessageBatch"]
    assert _spilled(Queues()) == [Spilled("pageviews", ('{"title":"é\\u0000 \\" 🙂"}', '{"n":2}'), frozen.seconds)]


def test_many_rows_are_kept_in_messages_that_sqs_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    bodies: list[str] = []
    monkeypatch.setattr(sqs, "send", lambda _queue, given, **_: bodies.extend(given))
    rows = [json.dumps({"event_id": number, "title": "é\\" * (number % 900)}) for number in range(1000)]

    spill.enqueue("pageviews", rows)

    assert [row for body in bodies for row in spill.read(body).rows] == rows
    assert len(bodies) > 5
    assert max(len(body.encode()) for body in bodies) <= 240_000
    assert len(bodies) <= sum(len(json.dumps(row)) + 2 for row in rows) // 230_000 + 1


def test_a_row_larger_than_a_message_should_be_goes_alone() -> None:
    spill.enqueue("pageviews", ['"small"', f'"{"x" * 250_000}"', '"small"'])

    assert sorted(len(spilled.rows) for spilled in _spilled(Queues())) == [1, 1, 1]


def test_nothing_to_keep_costs_nothing(sent: list[str]) -> None:
    spill.enqueue("pageviews", [])

    assert sent == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(rows=st.lists(st.text(st.characters(codec="utf-8")), min_size=1))
def test_any_text_survives(monkeypatch: pytest.MonkeyPatch, rows: list[str]) -> None:
    bodies: list[str] = []
    monkeypatch.setattr(sqs, "send", lambda _queue, given, **_: bodies.extend(given))

    spill.enqueue("pageviews", rows)

    assert [row for body in bodies for row in spill.read(body).rows] == rows
    assert all(body.isascii() and body.isprintable() for body in bodies)


def test_rows_that_are_put_back_keep_their_age_and_receives(output: Output) -> None:
    spilled = Spilled("pageviews", ('{"n":1}', '{"n":2}'), 7.5, 3)

    spill.put_back(spilled, delay_seconds=0)

    assert _spilled(Queues()) == [spilled]
    assert output.metric("RowsSpilled") == 0


def test_rows_are_buried_with_the_reason(frozen: Frozen) -> None:
    spill.dead_letter("pageviews", ['{"n":1}'], "quarantined", kept_at=7.5)
    spill.dead_letter("pageviews", ['{"n":2}'], "quarantined")

    queues = Queues()
    bodies = [json.loads(message["Body"]) for message in queues.receive(queues.dead_letter)]
    assert bodies == [
        {"version": 1, "datasource": "pageviews", "kept_at": kept_at, "reason": "quarantined", "rows": [row]}
        for kept_at, row in ((7.5, '{"n":1}'), (frozen.seconds, '{"n":2}'))
    ]
    assert queues.receive(queues.spill) == []


def test_where_sqs_is_down_the_caller_hears_which_rows_are_not_safe(
    queue_down: None, output: Output, tables: object
) -> None:
    rows = [f'"{"x" * 100_000}"'] * 5

    with pytest.raises(
        NotQueuedError, match=r"^rows could not be queued: sqs SendMessageBatch: NothingSentError$"
    ) as caught:
        spill.enqueue("pageviews", rows)

    assert caught.value.positions == [0, 1, 2, 3, 4]
    assert output.metric("RowsSpilled") == 0


def test_rows_of_messages_that_arrived_are_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    def lose_second(_queue: str, _bodies: object, **_: object) -> None:
        raise sqs.NotSentError([1], "sqs SendMessageBatch: InternalError")

    monkeypatch.setattr(sqs, "send", lose_second)

    with pytest.raises(NotQueuedError) as caught:
        spill.enqueue("pageviews", [f'"{"x" * 100_000}"'] * 5)

    assert caught.value.positions == [2, 3]


@pytest.mark.parametrize(
    "bury", [lambda: spill.dead_letter("pageviews", ["{}"], "x"), lambda: spill.dead_letter_unreadable("", "x")]
)
def test_where_sqs_is_down_nothing_counts_as_buried(queue_down: None, bury: Callable[[], None], output: Output) -> None:
    with pytest.raises(NotQueuedError):
        bury()

    assert output.metric("RowsDeadLettered") == 0


_GOOD = {"version": 1, "datasource": "pageviews", "kept_at": 1.5, "rows": ["{}"]}


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("", "not JSON"),
        ("secret", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a message of version 1"),
        (json.dumps({**_GOOD, "version": 2}), "not a message of version 1"),
        (json.dumps({**_GOOD, "datasource": 7}), "without datasource or time"),
        (json.dumps({**_GOOD, "kept_at": None}), "without datasource or time"),
        (json.dumps({**_GOOD, "kept_at": "secret"}), "without datasource or time"),
        (json.dumps({**_GOOD, "receives": -1}), "without a number of receives"),
        (json.dumps({**_GOOD, "receives": "secret"}), "without a number of receives"),
        (json.dumps({**_GOOD, "rows": []}), "without rows"),
        (json.dumps({**_GOOD, "rows": "secret"}), "without rows"),
        (json.dumps({**_GOOD, "rows": [{}]}), "without rows"),
        (json.dumps({**_GOOD, "rows": ["\ud800"]}), "without rows"),
    ],
)
def test_a_message_that_is_none_of_ours_is_named_without_its_words(body: str, fault: str) -> None:
    with pytest.raises(UnreadableMessageError) as caught:
        spill.read(body)

    assert str(caught.value) == fault
