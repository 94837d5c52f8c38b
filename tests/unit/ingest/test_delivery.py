"""Rows are accepted only where Tinybird says that it has every one of them."""

from collections.abc import Iterator

import pytest

from pixel.foundation import container
from pixel.ingest.delivery import Fate, Outcome, forward, retry_policy_for
from pixel.tinybird import CUSTOM_GOALS, IDENTITIES, PAGEVIEWS, VISITOR_PAYMENTS
from tests.conftest import Frozen, Output, put_secret
from tests.environment import TINYBIRD_TOKEN
from tests.unit.foundation.misbehaving_server import (
    MisbehavingServer,
    answer,
    close,
    hang,
    running,
)
from tests.unit.ingest.tinybird_answers import CERTAIN, ERROR, PAGE, UNCERTAIN

_ROWS = ['{"event_id":"1"}', '{"event_id":"2"}']
_TAKEN = answer(b'{"successful_rows":2,"quarantined_rows":0}', crc=None)

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
    assert request.target == "/v0/events?name=pageviews&wait=true"
    assert request.body == b'{"event_id":"1"}\n{"event_id":"2"}'
    assert request.headers["authorization"] == f"Bearer {TINYBIRD_TOKEN}"


def test_each_append_waits_until_it_is_written(server: MisbehavingServer) -> None:
    server.will(_TAKEN)

    for datasource in (PAGEVIEWS, CUSTOM_GOALS, IDENTITIES, VISITOR_PAYMENTS):
        _forward(datasource)

    assert all(request.target.endswith("&wait=true") for request in server.received)


def test_what_is_certain_is_an_acknowledgement_or_a_refusal(server: MisbehavingServer, output: Output) -> None:
    for name, (act, fate, reason, may_be_kept) in CERTAIN.items():
        server.will(act)

        outcome = _forward(name)

        assert (outcome.fate, outcome.reason) == (fate, reason), name
        assert outcome.may_be_kept is may_be_kept, name
    not_accepted = [name for name, (_, fate, _, _) in CERTAIN.items() if fate is not Fate.ACCEPTED]
    assert len(output.logged("rows not accepted")) == len(not_accepted)
    assert "secret" not in output.text


def test_whatever_else_tinybird_answers_the_rows_are_queued(server: MisbehavingServer, output: Output) -> None:
    for name, (act, reason) in UNCERTAIN.items():
        server.will(act)

        outcome = forward(name, _ROWS, retry_policy_for(0.3 if act is hang else 5))

        assert (outcome.fate, outcome.reason) == (Fate.RETRYABLE, reason), name
        assert outcome.may_be_kept, name
    assert "secret" not in output.text


def test_a_refusal_after_an_unknown_attempt_is_not_certain(server: MisbehavingServer) -> None:
    for number, earlier in enumerate((close, answer(status=503, crc=None))):
        server.will(earlier, answer(ERROR, status=400, crc=None))

        outcome = _forward(f"datasource_{number}")

        assert (outcome.fate, outcome.may_be_kept) == (Fate.REFUSED, True)


def test_if_nothing_was_sent_tinybird_has_nothing(server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.will(answer(status=503, crc=None))
    assert _forward().may_be_kept
    assert not _forward().may_be_kept  # the circuit is open

    monkeypatch.setenv("PIXEL_TINYBIRD_URL", "http://127.0.0.1:1")
    container.forget_environment()
    refused = _forward(VISITOR_PAYMENTS)
    assert (refused.fate, refused.reason, refused.may_be_kept) == (Fate.RETRYABLE, "POST: NothingSentError", False)


def test_what_took_too_long_or_is_too_large_may_be_sent_in_parts(server: MisbehavingServer) -> None:
    server.will(hang)
    assert forward("silence", _ROWS, retry_policy_for(0.1)).timed_out
    server.will(answer(PAGE, status=504, crc=None))
    assert _forward("504").timed_out
    server.will(answer(PAGE, status=413, crc=None), _TAKEN)
    assert _forward("413").is_about_rows
    assert _forward("413").fate is Fate.ACCEPTED


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
