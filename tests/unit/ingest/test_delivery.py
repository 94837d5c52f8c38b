"""Rows are accepted only where Tinybird says that it has every one of them."""

from collections.abc import Iterator

import pytest

from pixel.ingest.delivery import Fate, Outcome, forward, retry_policy_for
from pixel.tinybird import PAGEVIEWS, VISITOR_PAYMENTS
from tests.conftest import Frozen, Output, put_secret
from tests.environment import TINYBIRD_TOKEN
from tests.unit.foundation.misbehaving_server import Act, MisbehavingServer, answer, close, running

_ROWS = ['{"event_id":"1"}', '{"event_id":"2"}']
_TAKEN = answer(b'{"successful_rows":2,"quarantined_rows":0}', status=202, crc=None)

pytestmark = pytest.mark.usefixtures("tables", "no_sleep", "output")


@pytest.fixture
def server(tables: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[MisbehavingServer]:
    assert tables
    put_secret("tinybird-ingest-token", TINYBIRD_TOKEN)
    with running() as server:
        monkeypatch.setenv("PIXEL_TINYBIRD_URL", server.url)
        yield server


def _forward(datasource: str = PAGEVIEWS) -> Outcome:
    return forward(datasource, _ROWS, retry_policy_for(2))


def test_rows_go_in_one_call_a_line_each(server: MisbehavingServer) -> None:
    server.will(_TAKEN)

    assert _forward() == Outcome(Fate.ACCEPTED)
    (request,) = server.received
    assert request.target == "/v0/events?name=pageviews"
    assert request.body == b'{"event_id":"1"}\n{"event_id":"2"}'
    assert request.headers["authorization"] == f"Bearer {TINYBIRD_TOKEN}"


def test_payments_wait_until_they_are_written(server: MisbehavingServer) -> None:
    server.will(_TAKEN)

    _forward(VISITOR_PAYMENTS)

    assert server.received[0].target == "/v0/events?name=visitor_payments&wait=true"


@pytest.mark.parametrize(
    ("act", "fate", "reason"),
    [
        (answer(status=503, crc=None), Fate.RETRYABLE, "status 503"),
        (answer(status=429, crc=None), Fate.RETRYABLE, "status 429"),
        (close, Fate.RETRYABLE, "POST: BrokenResponseError"),
        (answer(b"fine", crc=None), Fate.RETRYABLE, "the response has no row counts"),
        (answer(b'{"successful_rows":1,"quarantined_rows":0}', crc=None), Fate.RETRYABLE, "1 of 2 rows accepted"),
        (answer(b'{"successful_rows":1,"quarantined_rows":1}', crc=None), Fate.PARTIAL, "quarantined"),
        (answer(status=422, crc=None), Fate.PARTIAL, "status 422"),
        (answer(status=400, crc=None), Fate.REFUSED, "status 400"),
        (answer(status=403, crc=None), Fate.REFUSED, "status 403"),
        (answer(status=404, crc=None), Fate.REFUSED, "status 404"),
        (answer(status=413, crc=None), Fate.REFUSED, "status 413"),
    ],
)
def test_whatever_else_tinybird_says_is_named(
    server: MisbehavingServer, output: Output, act: Act, fate: Fate, reason: str
) -> None:
    server.will(act)

    outcome = _forward()

    assert (outcome.fate, outcome.reason) == (fate, reason)
    assert output.logged("rows not accepted")[0]["reason"] == reason


def test_while_tinybird_rests_nobody_waits_for_it(server: MisbehavingServer, frozen: Frozen) -> None:
    server.will(answer(status=503, crc=None), answer(status=503, crc=None), answer(status=503, crc=None), _TAKEN)

    assert _forward().fate is Fate.RETRYABLE
    assert _forward().fate is Fate.RETRYABLE
    assert len(server.received) == 3
    frozen.move(2)

    assert _forward().fate is Fate.ACCEPTED
    assert _forward().fate is Fate.ACCEPTED


def test_one_datasource_s_rest_is_not_another_s(server: MisbehavingServer) -> None:
    server.will(answer(status=429, crc=None, headers={"Retry-After": "60"}), _TAKEN)

    assert _forward().retry_after_seconds == 60
    assert _forward(VISITOR_PAYMENTS).fate is Fate.ACCEPTED
