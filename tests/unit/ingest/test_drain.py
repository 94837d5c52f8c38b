"""What was kept reaches Tinybird in few calls; what it cannot take is buried alone, with the reason."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from functions.sources.drain_spill.handler import handler
from pixel.aws import queues as sqs
from pixel.foundation import container
from pixel.ingest import pace, row_batch, spill
from pixel.ingest.spill import Spilled
from tests.conftest import Frozen, Output, put_secret
from tests.environment import TINYBIRD_TOKEN
from tests.queues import Buried, Queues
from tests.routes.gateway import event as example
from tests.unit.foundation.misbehaving_server import Act, MisbehavingServer, _Connection, answer, hang, running

_DAMAGED = '{"damaged":true}'
_UNREADABLE = "{unreadable"

pytestmark = pytest.mark.usefixtures("tables", "no_sleep", "output")


class Tinybird:
    """Takes rows as the Events API does: quarantines those that do not fit, and none where one cannot be read."""

    def __init__(self, server: MisbehavingServer) -> None:
        self.server = server
        self.rows: list[str] = []
        server.will(self.take)

    def take(self, connection: _Connection) -> bool:
        rows = self.server.received[-1].body.decode().split("\n")
        if _UNREADABLE in rows:
            return answer(b'{"error":"secret"}', status=400, crc=None)(connection)
        self.rows += [row for row in rows if row != _DAMAGED]
        damaged = rows.count(_DAMAGED)
        counts = {"successful_rows": len(rows) - damaged, "quarantined_rows": damaged}
        return answer(json.dumps(counts).encode(), crc=None)(connection)

    @property
    def calls(self) -> int:
        return len(self.server.received)


@pytest.fixture
def tinybird(tables: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tinybird]:
    put_secret("tinybird-ingest-token", TINYBIRD_TOKEN)
    with running() as server:
        monkeypatch.setenv("PIXEL_TINYBIRD_URL", server.url)
        yield Tinybird(server)


@pytest.fixture
def queues(tables: object) -> Queues:
    return Queues()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    noted: list[int] = []
    monkeypatch.setattr("pixel.aws.queues.random.uniform", lambda _low, _high: 1.0)
    monkeypatch.setattr(sqs, "change_visibility", lambda _queue, pauses: noted.extend(pauses.values()))
    return noted


def _row(number: int) -> str:
    return f'{{"event_id":"{number}"}}'


def _note_delays(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note the delays of messages that are put back, and send them without, so that a test need not wait."""
    delays: list[int] = []

    def send(queue_url: str, bodies: list[str], *, delay_seconds: int = 0) -> None:
        if queue_url.endswith("-spill") and delay_seconds:
            delays.append(delay_seconds)
        original(queue_url, bodies)

    original = sqs.send
    monkeypatch.setattr(sqs, "send", send)
    return delays


def _drain(queues: Queues, *, receives: int = 1) -> list[str]:
    """Run the drain and return the rows that stay in the queue."""
    event = queues.event(receives=receives)
    left = queues.settle(event, handler(event, None))
    return [row for body in left for row in spill.read(body).rows]


def test_the_example_is_drained(tinybird: Tinybird) -> None:
    assert handler(example("drain_spill"), None) == {"batchItemFailures": []}

    assert tinybird.rows == list(spill.read(example("drain_spill")["Records"][0]["body"]).rows)


def test_a_hundred_messages_are_one_call_for_each_datasource(
    tinybird: Tinybird, queues: Queues, output: Output
) -> None:
    for number in range(90):
        spill.enqueue(("pageviews", "custom_goals", "visitor_payments")[number % 3], [_row(number)] * 5)

    assert _drain(queues) == []

    assert tinybird.calls == 3
    assert sorted(tinybird.rows) == sorted(_row(number) for number in range(90) for _ in range(5))
    assert output.logged("spill batch processed")[0]["calls"] == 3


def test_the_oldest_rows_go_first(tinybird: Tinybird, queues: Queues, frozen: Frozen) -> None:
    for seconds, datasource in ((0, "pageviews"), (-60, "custom_goals"), (-30, "pageviews"), (-90, "custom_goals")):
        frozen.move(seconds)
        spill.enqueue(datasource, [f'"{datasource} {seconds}"'])
        frozen.move(-seconds)

    _drain(queues)

    assert tinybird.rows == ['"custom_goals -90"', '"custom_goals -60"', '"pageviews -30"', '"pageviews 0"']


def test_a_call_has_a_bounded_size(tinybird: Tinybird, queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "FORWARDED_BYTES_MAX", 100)
    for number in range(10):
        spill.enqueue("pageviews", [_row(number + 10), _row(number + 20)])

    assert _drain(queues) == []

    assert tinybird.calls == 5
    assert max(len(request.body) for request in tinybird.server.received) <= 100


@pytest.mark.parametrize("trouble", [answer(status=503, crc=None), answer(status=429, crc=None), hang])
def test_what_tinybird_cannot_take_now_stays(
    trouble: Act, tinybird: Tinybird, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "RETRY_POLICY", pace.RETRY_POLICY._replace(total_seconds=0.2))
    tinybird.server.will(trouble)
    spill.enqueue("pageviews", [_row(1)])

    assert _drain(queues, receives=899) == [_row(1)]
    assert queues.receive(queues.spill) == []
    assert queues.buried() == []


def test_one_datasource_s_trouble_is_not_another_s(tinybird: Tinybird, queues: Queues) -> None:
    tinybird.server.will(*[answer(status=503, crc=None)] * 3, tinybird.take)
    spill.enqueue("pageviews", [_row(1)])
    spill.enqueue("custom_goals", [_row(2)])

    assert _drain(queues) == [_row(1)]
    assert tinybird.rows == [_row(2)]


@pytest.mark.parametrize(
    ("receives", "seconds"), [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480), (6, 900), (7, 900), (899, 900)]
)
def test_what_stays_comes_back_later_and_later(
    receives: int, seconds: int, tinybird: Tinybird, queues: Queues, pauses: list[int]
) -> None:
    tinybird.server.will(answer(status=503, crc=None))
    spill.enqueue("pageviews", [_row(1)])

    _drain(queues, receives=receives)

    assert pauses == [seconds]


def test_what_stays_does_not_come_back_before_tinybird_wants_it(
    tinybird: Tinybird, queues: Queues, pauses: list[int]
) -> None:
    tinybird.server.will(answer(status=429, crc=None, headers={"Retry-After": "300"}))
    spill.enqueue("pageviews", [_row(1)])

    _drain(queues)

    assert pauses == [300]


def test_messages_kept_together_do_not_come_back_together(queues: Queues) -> None:
    pauses = {sqs.retry_delay(7, 0) for _ in range(100)}

    assert 720 <= min(pauses) < max(pauses) <= 1080
    assert len(pauses) > 50


def test_what_is_refused_waits_about_a_day_and_the_rest_about_nine() -> None:
    def days(receives: int) -> float:
        return sum(min(30 << number, 900) for number in range(receives)) / 86_400

    assert 0.9 < days(row_batch._RECEIVES_MAX_REFUSED) < 1.1
    assert 9 < days(row_batch._RECEIVES_MAX) < 10


@pytest.mark.parametrize(
    ("status", "receives", "reason"), [(403, 100, "status 403"), (404, 100, "status 404"), (503, 900, "status 503")]
)
def test_what_nobody_mends_is_buried_in_the_end(
    status: int, receives: int, reason: str, tinybird: Tinybird, queues: Queues
) -> None:
    tinybird.server.will(answer(b'{"error":"secret"}', status=status, crc=None))
    spill.enqueue("pageviews", [_row(1), _row(2)])

    assert _drain(queues, receives=receives - 1) == [_row(1), _row(2)]
    assert queues.buried() == []
    spill.enqueue("pageviews", [_row(3), _row(4)])

    assert _drain(queues, receives=receives) == []
    assert queues.buried() == [Buried("pageviews", [_row(3), _row(4)], reason)]


def test_a_damaged_row_is_buried_alone(tinybird: Tinybird, queues: Queues) -> None:
    for number in range(0, 80, 10):
        rows = [_row(row) for row in range(number, number + 10)]
        if number == 30:
            rows[4] = _DAMAGED
        spill.enqueue("pageviews", rows)

    assert _drain(queues) == []

    assert queues.buried() == [Buried("pageviews", [_DAMAGED], "quarantined")]
    assert set(tinybird.rows) == {_row(number) for number in range(80) if number != 34}
    assert tinybird.calls <= 16


def test_what_is_buried_keeps_its_age(tinybird: Tinybird, queues: Queues, frozen: Frozen) -> None:
    kept_at = frozen.seconds
    spill.enqueue("pageviews", [_DAMAGED])
    frozen.move(60)

    _drain(queues)

    (message,) = queues.receive(queues.dead_letter)
    assert json.loads(message["Body"])["kept_at"] == kept_at


def test_where_all_rows_are_damaged_one_call_tells(tinybird: Tinybird, queues: Queues) -> None:
    for _ in range(20):
        spill.enqueue("pageviews", [_DAMAGED] * 3)

    assert _drain(queues) == []

    assert queues.buried() == [Buried("pageviews", [_DAMAGED] * 3, "quarantined")] * 20
    assert tinybird.calls == 1


def test_a_row_that_tinybird_cannot_read_does_not_keep_the_others_out(
    tinybird: Tinybird, queues: Queues, frozen: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(0, 40, 10):
        spill.enqueue("pageviews", [_row(row) for row in range(number, number + 10)])
    spill.enqueue("pageviews", [_row(40), _UNREADABLE, _row(42)])

    delays = _note_delays(monkeypatch)

    assert _drain(queues) == []

    assert queues.waiting() == [Spilled("pageviews", (_UNREADABLE,), frozen.seconds, receives=1, refused=True)]
    assert 24 <= delays[0] <= 36
    assert set(tinybird.rows) == {_row(number) for number in range(43) if number != 41}


def test_in_the_end_only_the_row_that_cannot_be_read_is_buried(tinybird: Tinybird, queues: Queues) -> None:
    spill.enqueue("pageviews", [_row(1), _UNREADABLE, _row(2), _DAMAGED])

    assert _drain(queues, receives=100) == []

    assert sorted(queues.buried()) == [
        Buried("pageviews", [_DAMAGED], "quarantined"),
        Buried("pageviews", [_UNREADABLE], "status 400"),
    ]


def test_a_message_with_many_damaged_rows_is_settled_in_few_calls(tinybird: Tinybird, queues: Queues) -> None:
    rows = [_DAMAGED if number % 2 else _row(number) for number in range(5000)]
    spill.enqueue("pageviews", rows)

    assert _drain(queues) == []

    assert tinybird.calls <= 64
    assert queues.waiting() == []
    assert set(tinybird.rows) == set(rows) - {_DAMAGED}
    assert [row for buried in queues.buried() for row in buried.rows].count(_DAMAGED) == 2500


def test_many_rows_that_tinybird_cannot_read_keep_no_other_out(
    tinybird: Tinybird, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unlike damaged rows they keep others out of Tinybird, so all are separated, over several receives."""
    _note_delays(monkeypatch)
    good = [_row(number) for number in range(100)]
    spill.enqueue("pageviews", [row for one in good for row in (_UNREADABLE, one)])

    for receives in range(1, 12):
        before = tinybird.calls
        event = queues.event()
        reply = handler(event, None)  # at this point Lambda may die, and delete nothing
        waiting = {row for record in event["Records"] for row in spill.read(record["body"]).rows}
        waiting |= {row for spilled in queues.waiting() for row in spilled.rows}
        assert waiting | set(tinybird.rows) == {*good, _UNREADABLE}
        queues.settle(event, reply)
        queues.show(event, reply)
        assert 0 < tinybird.calls - before <= pace.CALLS_MAX
        assert len(queues.waiting()) <= 2 * receives
        if set(tinybird.rows) == set(good):
            break

    assert set(tinybird.rows) == set(good)
    assert sum(spilled.rows.count(_UNREADABLE) for spilled in queues.waiting()) == 100
    calls, messages = tinybird.calls, len(queues.waiting())
    _drain(queues, receives=2)
    assert 0 < tinybird.calls - calls <= 2 * messages  # what was refused alone is not separated again


def test_what_cannot_be_put_back_stays(tinybird: Tinybird, queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the queue has failed, it is not asked again for each message, and what is accepted is done all the same."""
    asked: list[int] = []

    def fail(*_: Any, **__: Any) -> None:
        asked.append(1)
        raise sqs.NotSentError([0], "sqs SendMessageBatch: InternalError")

    for rows in ([_row(1), _UNREADABLE], [_row(2), _UNREADABLE], [_DAMAGED], [_row(3)]):
        spill.enqueue("pageviews", rows)
    monkeypatch.setattr(sqs, "send", fail)

    assert sorted(_drain(queues)) == sorted([_row(1), _UNREADABLE, _row(2), _UNREADABLE, _DAMAGED])
    assert len(asked) == 1


def test_a_message_that_cannot_be_read_is_buried_at_once(tinybird: Tinybird, queues: Queues, output: Output) -> None:
    sqs.send(queues.spill, ["secret words"])
    spill.enqueue("pageviews", [_row(1)])

    assert _drain(queues) == []

    (message,) = queues.receive(queues.dead_letter)
    body = json.loads(message["Body"])
    assert (body["reason"], body["unreadable"]) == ("unreadable: not JSON", "secret words")
    assert tinybird.rows == [_row(1)]
    assert "secret" not in output.text


def test_nothing_of_a_row_is_logged(tinybird: Tinybird, queues: Queues, output: Output) -> None:
    for receives in (1, 100):
        spill.enqueue("pageviews", ['{"title":"secret"}', _UNREADABLE, _DAMAGED])
        _drain(queues, receives=receives)

    assert "spill batch processed" in output.text
    assert "secret" not in output.text


@pytest.mark.parametrize(
    "body", ["not ours", json.dumps({"version": 1, "datasource": "pageviews", "kept_at": 1, "rows": [_DAMAGED]})]
)
def test_what_cannot_be_buried_stays(
    body: str, tinybird: Tinybird, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqs.send(queues.spill, [body])
    event = queues.event()
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:1")
    container.forget_environment()

    assert queues.settle(event, handler(event, None)) == [body]


@pytest.mark.parametrize("kind", ["no token", "no store"])
def test_without_the_token_rows_stay(kind: str, queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind == "no store":
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:1")
        container.forget_environment()
    spill.enqueue("pageviews", [_row(1)])

    assert _drain(queues) == [_row(1)]


def test_what_no_time_was_left_for_stays(tinybird: Tinybird, queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "SECONDS_MAX", 0.0)
    spill.enqueue("pageviews", [_row(1)])

    assert _drain(queues) == [_row(1)]
    assert tinybird.calls == 0


def test_a_fault_of_ours_costs_no_message(
    tinybird: Tinybird, queues: Queues, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("secret")

    spill.enqueue("pageviews", [_row(1)])
    sqs.send(queues.spill, ["not ours"])
    monkeypatch.setattr("pixel.ingest.delivery.forward", fail)

    assert _drain(queues) == [_row(1)]
    assert output.logged("batch of rows failed")[0]["failure"][0].startswith("ZeroDivisionError at ")
    assert "secret" not in output.text
