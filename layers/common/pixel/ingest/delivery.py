"""The forwarding of rows to Tinybird, with a circuit breaker for each datasource.

Rows whose fate is unknown may be sent again, because the pipes count each event_id once.
"""

import json
from collections.abc import Sequence
from enum import StrEnum
from http import HTTPStatus
from typing import NamedTuple

from pixel.aws.json_service import AwsError
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.observability import count, logger
from pixel.tinybird import VISITOR_PAYMENTS, client
from pixel.tinybird.client import Patience, TinybirdAnswer, TinybirdUnreachableError
from pixel.tinybird.credentials import INGEST_TOKEN, read_token, was_exchanged

# Tinybird acknowledges payments when they are written, and other rows when it has received them, which is several times
# faster (docs/decisions/0017).
_ACKNOWLEDGED_WHEN_WRITTEN = {VISITOR_PAYMENTS}
_TOKEN_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
FORWARDED_BYTES_MAX = 5_000_000  # Tinybird takes 10 MB in a call
_ANSWER_BYTES_MAX = 100_000
_OPEN_SECONDS = 2.0
_OPEN_SECONDS_MAX = 30.0


class Fate(StrEnum):
    """What Tinybird did with rows."""

    ACCEPTED = "accepted"  # it has all of them
    LATER = "later"  # it cannot take them now, but may later
    DAMAGED = "damaged"  # it could not store some of them, which is a fault of ours
    REFUSED = "refused"  # it takes none until the configuration is corrected


class Outcome(NamedTuple):
    """The fate of the rows of one call, and the reason."""

    fate: Fate
    reason: str = ""
    retry_after_seconds: float = 0.0
    is_about_rows: bool = False  # only some rows may be at fault, and the others may pass without them
    damaged_rows: int = 0  # if Tinybird says how many


class _OpenCircuit(NamedTuple):
    """A datasource to which nothing is sent for some seconds, because Tinybird could not take its rows."""

    until: float
    reason: str


_open_circuits: dict[str, _OpenCircuit] = {}


def forward(datasource: str, rows: Sequence[str], patience: Patience) -> Outcome:
    """Send rows, which are lines of JSON, to a datasource, unless its circuit is open."""
    circuit = _open_circuits.get(datasource)
    if circuit is not None and circuit.until > epoch_seconds():
        return Outcome(Fate.LATER, circuit.reason, circuit.until - epoch_seconds())
    outcome = _append(datasource, rows, patience)
    if outcome.fate is Fate.ACCEPTED:
        _open_circuits.pop(datasource, None)
        return outcome
    if outcome.fate is Fate.LATER:
        seconds = min(max(outcome.retry_after_seconds, _OPEN_SECONDS), _OPEN_SECONDS_MAX)
        _open_circuits[datasource] = _OpenCircuit(epoch_seconds() + seconds, outcome.reason)
    logger.warning(
        "rows not accepted",
        datasource=datasource,
        rows=len(rows),
        fate=outcome.fate,
        reason=outcome.reason,
        damaged_rows=outcome.damaged_rows,
    )
    _count(outcome, len(rows))
    return outcome


def _count(outcome: Outcome, rows: int) -> None:
    match outcome.fate:
        case Fate.LATER:
            count("RowsLater", rows)
        case Fate.DAMAGED:
            count("RowsDamaged", outcome.damaged_rows or rows)
        case Fate.REFUSED:
            count("RowsRefused", rows)


def _append(datasource: str, rows: Sequence[str], patience: Patience) -> Outcome:
    parameters = (
        {"name": datasource, "wait": "true"} if datasource in _ACKNOWLEDGED_WHEN_WRITTEN else {"name": datasource}
    )
    body = "\n".join(rows).encode()
    try:
        answer = client.post("/v0/events", parameters, read_token(INGEST_TOKEN), body, patience)
        if answer.status in _TOKEN_REFUSED and was_exchanged(INGEST_TOKEN):
            answer = client.post("/v0/events", parameters, read_token(INGEST_TOKEN), body, patience)
    except (AwsError, TinybirdUnreachableError) as failure:
        # Rows can be queued even if the token of Tinybird cannot be read.
        return Outcome(Fate.LATER, str(failure))
    return _judge(answer, len(rows))


def _judge(answer: TinybirdAnswer, rows: int) -> Outcome:
    match answer.status:
        case HTTPStatus.OK | HTTPStatus.ACCEPTED:
            return _judge_counts(answer.body, rows)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return Outcome(Fate.LATER, "status 429", answer.retry_after_seconds)
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Outcome(Fate.LATER, f"status {status}", answer.retry_after_seconds)
        case HTTPStatus.UNPROCESSABLE_ENTITY:
            # Some rows were ingested, but a materialized view failed, and would again.
            return Outcome(Fate.DAMAGED, "status 422", is_about_rows=True)
        case HTTPStatus.BAD_REQUEST | HTTPStatus.REQUEST_ENTITY_TOO_LARGE as status:
            # Nothing was ingested, because of one row or more.
            return Outcome(Fate.REFUSED, f"status {status}", is_about_rows=True)
        case status:
            return Outcome(Fate.REFUSED, f"status {status}")


def _judge_counts(body: bytes, rows: int) -> Outcome:
    try:
        counts = json.loads(body)
        successful, quarantined = int(counts["successful_rows"]), int(counts["quarantined_rows"])
    except (ValueError, KeyError, TypeError):
        return Outcome(Fate.LATER, "an answer without counts")
    if quarantined:
        return Outcome(Fate.DAMAGED, "quarantined", is_about_rows=True, damaged_rows=quarantined)
    if successful != rows:
        return Outcome(Fate.LATER, f"{successful} of {rows} rows taken")
    return Outcome(Fate.ACCEPTED)


def patience_for(seconds: float) -> Patience:
    """Return the patience of a function that has so many seconds for one call."""
    return Patience(attempts=3, answer_seconds=seconds / 2, total_seconds=seconds, body_bytes_max=_ANSWER_BYTES_MAX)
