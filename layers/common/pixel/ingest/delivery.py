"""Delivery of rows to Tinybird, with a circuit breaker for each datasource.

If it is unknown whether rows were stored, they may be sent again, because the pipes count each event_id once.
"""

import json
from collections.abc import Sequence
from enum import StrEnum
from http import HTTPStatus
from typing import NamedTuple

from pixel.aws.json_service import AwsError
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.container import kept
from pixel.foundation.observability import count, logger
from pixel.tinybird import VISITOR_PAYMENTS, client
from pixel.tinybird.client import RetryPolicy, TinybirdResponse, TinybirdUnreachableError
from pixel.tinybird.credentials import INGEST_TOKEN, read_token, was_rotated

# For payments, Tinybird responds when the rows are written. For others it responds when they are received, which is
# several times faster (docs/decisions/0017).
_ACKNOWLEDGED_WHEN_WRITTEN = {VISITOR_PAYMENTS}
_TOKEN_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
FORWARDED_BYTES_MAX = 5_000_000  # Tinybird accepts 10 MB in a call
_RESPONSE_BYTES_MAX = 100_000
_OPEN_SECONDS = 2.0
_OPEN_SECONDS_MAX = 30.0


class Fate(StrEnum):
    """What happened to the rows of a call."""

    ACCEPTED = "accepted"  # Tinybird has all of them
    RETRYABLE = "retryable"  # Tinybird cannot accept them now, but may later
    PARTIAL = "partial"  # Tinybird could not store some of them, which is a defect of this API
    REFUSED = "refused"  # Tinybird accepts none until the configuration is corrected


class Outcome(NamedTuple):
    """The fate of the rows of one call, and the reason."""

    fate: Fate
    reason: str = ""
    retry_after_seconds: float = 0.0
    is_about_rows: bool = False  # only some rows may be invalid, and the others may be accepted without them
    damaged_rows: int = 0  # 0 if Tinybird does not report how many
    may_be_kept: bool = True  # False: it is certain that Tinybird has none of the rows


class _OpenCircuit(NamedTuple):
    """An open circuit: no rows are sent to the datasource until then, because Tinybird could not accept them."""

    until: float
    reason: str


_open_circuits: dict[str, _OpenCircuit] = kept({})


def forward(datasource: str, rows: Sequence[str], retry_policy: RetryPolicy) -> Outcome:
    """Send rows, which are lines of JSON, to a datasource, unless its circuit is open."""
    circuit = _open_circuits.get(datasource)
    if circuit is not None and circuit.until > epoch_seconds():
        return Outcome(Fate.RETRYABLE, circuit.reason, circuit.until - epoch_seconds())
    outcome = _append(datasource, rows, retry_policy)
    if outcome.fate is Fate.ACCEPTED:
        _open_circuits.pop(datasource, None)
        return outcome
    if outcome.fate is Fate.RETRYABLE:
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
        case Fate.RETRYABLE:
            count("RowsRetryable", rows)
        case Fate.PARTIAL:
            count("RowsDamaged", outcome.damaged_rows or rows)
        case Fate.REFUSED:
            count("RowsRefused", rows)


def _append(datasource: str, rows: Sequence[str], retry_policy: RetryPolicy) -> Outcome:
    parameters = (
        {"name": datasource, "wait": "true"} if datasource in _ACKNOWLEDGED_WHEN_WRITTEN else {"name": datasource}
    )
    body = "\n".join(rows).encode()
    try:
        response = client.post("/v0/events", parameters, read_token(INGEST_TOKEN), body, retry_policy)
        if response.status in _TOKEN_REFUSED and was_rotated(INGEST_TOKEN):
            response = client.post("/v0/events", parameters, read_token(INGEST_TOKEN), body, retry_policy)
    except (AwsError, TinybirdUnreachableError) as failure:
        # The rows can be queued even if the token cannot be read.
        return Outcome(Fate.RETRYABLE, str(failure))
    return _judge(response, len(rows))


def _judge(response: TinybirdResponse, rows: int) -> Outcome:
    match response.status:
        case HTTPStatus.OK | HTTPStatus.ACCEPTED:
            return _judge_counts(response.body, rows)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return Outcome(Fate.RETRYABLE, "status 429", response.retry_after_seconds)
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Outcome(Fate.RETRYABLE, f"status {status}", response.retry_after_seconds)
        case HTTPStatus.UNPROCESSABLE_ENTITY:
            # Some rows were ingested, but a materialized view failed, which a retry would repeat.
            return Outcome(Fate.PARTIAL, "status 422", is_about_rows=True)
        case HTTPStatus.BAD_REQUEST | HTTPStatus.REQUEST_ENTITY_TOO_LARGE as status:
            # Nothing was ingested, because at least one row is invalid.
            return Outcome(
                Fate.REFUSED, f"status {status}", is_about_rows=True, may_be_kept=response.earlier_may_have_taken_effect
            )
        case status:
            return Outcome(Fate.REFUSED, f"status {status}", may_be_kept=response.earlier_may_have_taken_effect)


def _judge_counts(body: bytes, rows: int) -> Outcome:
    try:
        counts = json.loads(body)
        successful, quarantined = int(counts["successful_rows"]), int(counts["quarantined_rows"])
    except (ValueError, KeyError, TypeError):
        return Outcome(Fate.RETRYABLE, "the response has no row counts")
    if quarantined:
        return Outcome(Fate.PARTIAL, "quarantined", is_about_rows=True, damaged_rows=quarantined)
    if successful != rows:
        return Outcome(Fate.RETRYABLE, f"{successful} of {rows} rows accepted")
    return Outcome(Fate.ACCEPTED)


def retry_policy_for(seconds: float) -> RetryPolicy:
    """Return the retry policy for rows that must be delivered within `seconds`."""
    return RetryPolicy(
        attempts=3, response_seconds=seconds / 2, total_seconds=seconds, body_bytes_max=_RESPONSE_BYTES_MAX
    )
