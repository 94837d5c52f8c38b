"""The drain is as patient as the routes, sends fewer rows to a slow Tinybird, and many again when it has recovered."""

from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

from functions.sources.drain_spill.handler import handler
from pixel.ingest import delivery, pace, spill
from pixel.ingest.delivery import BATCH_SECONDS, EVENT_SECONDS, SPILLED_SECONDS, Fate, Outcome, retry_policy_for
from pixel.tinybird.client import RetryPolicy
from tests.conftest import Frozen, put_secret
from tests.environment import TINYBIRD_TOKEN
from tests.queues import Queues
from tests.unit.foundation.misbehaving_server import MisbehavingServer, _Connection, answer, hang, running

pytestmark = pytest.mark.usefixtures("tables", "no_sleep", "output")


class SlowTinybird:
    """Stores a few rows at once in time, and more too late."""

    def __init__(self, server: MisbehavingServer, rows_in_time: int) -> None:
        self.server = server
        self.rows_in_time = rows_in_time
        self.rows: set[str] = set()
        self.sizes: list[int] = []
        server.will(self.take)

    def take(self, connection: _Connection) -> bool:
        rows = self.server.received[-1].body.decode().split("\n")
        self.sizes.append(len(rows))
        if len(rows) > self.rows_in_time:
            return hang(connection)
        self.rows.update(rows)
        return answer(f'{{"successful_rows":{len(rows)},"quarantined_rows":0}}'.encode(), crc=None)(connection)

    @property
    def timeouts(self) -> int:
        return sum(size > self.rows_in_time for size in self.sizes)


@pytest.fixture
def server(tables: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[MisbehavingServer]:
    put_secret("tinybird-ingest-token", TINYBIRD_TOKEN)
    monkeypatch.setattr(pace, "RETRY_POLICY", pace.RETRY_POLICY._replace(total_seconds=0.15))
    with running() as server:
        monkeypatch.setenv("PIXEL_TINYBIRD_URL", server.url)
        yield server


def _receive(queues: Queues, receives: int) -> None:
    event = queues.event(receives=receives)
    reply = handler(event, None)
    queues.settle(event, reply)
    queues.show(event, reply)


def _row(number: int) -> str:
    return f'{{"event_id":"{number}"}}'


def test_the_drain_waits_longer_than_any_request(tables: object) -> None:
    patience = pace.RETRY_POLICY

    for seconds in (EVENT_SECONDS, BATCH_SECONDS):
        assert patience.response_seconds > retry_policy_for(seconds).response_seconds
        assert patience.total_seconds > retry_policy_for(seconds).total_seconds


@pytest.mark.parametrize(("rows_in_time", "rows_of_message"), [(30, 40), (1, 6)])
def test_a_slow_tinybird_gets_all_rows_in_smaller_calls(
    server: MisbehavingServer, rows_in_time: int, rows_of_message: int
) -> None:
    tinybird = SlowTinybird(server, rows_in_time)
    queues = Queues()
    rows = [_row(number) for number in range(3 * rows_of_message)]
    for first in range(0, len(rows), rows_of_message):
        spill.enqueue("pageviews", rows[first : first + rows_of_message])

    for receives in range(1, 30):
        timeouts = tinybird.timeouts
        _receive(queues, receives)
        assert tinybird.timeouts - timeouts <= 8
        if len(tinybird.rows) == len(rows):
            break

    assert tinybird.rows == set(rows)
    assert queues.receive(queues.spill) == []


def test_a_tinybird_that_was_down_gets_many_rows_again_after_a_few_calls(server: MisbehavingServer) -> None:
    tinybird = SlowTinybird(server, 10_000)
    for first in range(0, 5000, 50):
        spill.enqueue("pageviews", [_row(number) for number in range(first, first + 50)])

    _receive(Queues(), 500)

    assert len(tinybird.rows) == 5000
    assert len(tinybird.sizes) <= 12
    assert tinybird.sizes[0] == 1


@pytest.mark.parametrize("trouble", ["slow", "damaged"])
def test_a_datasource_with_trouble_leaves_time_and_calls_to_the_others(
    trouble: str, monkeypatch: pytest.MonkeyPatch, frozen: Frozen
) -> None:
    """It has the oldest rows, so it comes first."""
    asked: Counter[str] = Counter()

    def forward(datasource: str, rows: Sequence[str], retry_policy: RetryPolicy, **_: object) -> Outcome:
        asked[datasource] += 1
        if datasource == "custom_goals":
            return Outcome(Fate.ACCEPTED)
        if trouble == "damaged":
            return Outcome(Fate.REFUSED, "status 400", is_about_rows=True)
        frozen.move(retry_policy.total_seconds)
        return Outcome(Fate.RETRYABLE, "no response in time", timed_out=True)

    monkeypatch.setattr(delivery, "forward", forward)
    monkeypatch.setattr(pace, "RETRY_POLICY", retry_policy_for(SPILLED_SECONDS))
    for _ in range(10):
        spill.enqueue("pageviews", [_row(number) for number in range(40)])
    frozen.move(1)
    spill.enqueue("custom_goals", [_row(1)])
    began = frozen.seconds

    _receive(Queues(), receives=1)

    assert asked["pageviews"] > 1
    assert asked["custom_goals"] == 1
    assert frozen.seconds - began <= pace.SECONDS_MAX + SPILLED_SECONDS
