"""Delivery of rows to Tinybird, with a circuit breaker for each datasource.

Each append waits until Tinybird has written the rows (docs/decisions/0017). If it is unknown whether rows were stored,
they may be sent again, because the pipes count each event_id once.
"""

import json
from collections.abc import Sequence
from enum import StrEnum
from http import HTTPStatus
from typing import NamedTuple

from pixel.aws.json_service import AwsError
from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.connections import ResponseTooLargeError
from pixel.foundation.container import kept
from pixel.foundation.observability import count, logger
from pixel.tinybird import client
from pixel.tinybird.client import RetryPolicy, TinybirdResponse, TinybirdUnreachableError
from pixel.tinybird.credentials import INGEST_TOKEN, read_token, was_rotated

# How long to wait for Tinybird, within the functions' timeouts: with one event, with a batch, and from the spill queue.
# The last is the longest, or rows whose request timed out would time out again.
EVENT_SECONDS = 8.0
BATCH_SECONDS = 12.0
SPILLED_SECONDS = 1.25 * max(EVENT_SECONDS, BATCH_SECONDS)
# With these, Tinybird refuses all rows until the configuration or the rows are corrected. A proxy or a wrong host sends
# them too, so they count only with an error in Tinybird's form.
_REFUSALS = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
_TIMED_OUT = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT}
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
    timed_out: bool = False  # fewer rows may be accepted in time


class _OpenCircuit(NamedTuple):
    """An open circuit: no rows are sent to the datasource until then, because Tinybird could not accept them."""

    until: float
    reason: str


_open_circuits: dict[str, _OpenCircuit] = kept({})


def forward(
    datasource: str, rows: Sequence[str], retry_policy: RetryPolicy, *, opens_after_timeout: bool = True
) -> Outcome:
    """Send rows, which are lines of JSON, to a datasource, unless its circuit is open.

    A caller that sends fewer rows after a timeout keeps the circuit closed with `opens_after_timeout`.
    """
    circuit = _open_circuits.get(datasource)
    if circuit is not None and circuit.until > epoch_seconds():
        return Outcome(Fate.RETRYABLE, circuit.reason, circuit.until - epoch_seconds(), may_be_kept=False)
    outcome = _append(datasource, rows, retry_policy)
    if outcome.fate is Fate.ACCEPTED:
        _open_circuits.pop(datasource, None)
        return outcome
    if outcome.fate is Fate.RETRYABLE and not outcome.is_about_rows and (opens_after_timeout or not outcome.timed_out):
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
    parameters = {"name": datasource, "wait": "true"}
    body = "\n".join(rows).encode()
    may_be_kept = False
    try:
        response = client.post("/v0/events", parameters, read_token(INGEST_TOKEN), body, retry_policy)
        if response.status in _TOKEN_REFUSED and was_rotated(INGEST_TOKEN):
            may_be_kept = not _is_certainly_refused(response)
            response = client.post("/v0/events", parameters, read_token(INGEST_TOKEN), body, retry_policy)
    except AwsError as failure:
        # The rows can be queued even if the token cannot be read.
        return Outcome(Fate.RETRYABLE, str(failure), may_be_kept=may_be_kept)
    except TinybirdUnreachableError as failure:
        may_be_kept |= failure.may_have_taken_effect
        return Outcome(Fate.RETRYABLE, str(failure), may_be_kept=may_be_kept, timed_out=failure.timed_out)
    except ResponseTooLargeError as failure:
        return Outcome(Fate.RETRYABLE, str(failure))
    outcome = _judge(response, len(rows))
    return outcome._replace(may_be_kept=outcome.may_be_kept or may_be_kept)


def _judge(response: TinybirdResponse, rows: int) -> Outcome:
    """Return the fate of rows. What is not certainly an acknowledgement or a refusal of Tinybird can be retried."""
    reason = f"status {response.status}"
    match response.status:
        case HTTPStatus.OK | HTTPStatus.ACCEPTED:
            return _judge_counts(response.body, rows)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return Outcome(
                Fate.RETRYABLE,
                reason,
                response.retry_after_seconds,
                may_be_kept=response.earlier_may_have_taken_effect,
            )
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return Outcome(Fate.RETRYABLE, reason, is_about_rows=True)
        case HTTPStatus.UNPROCESSABLE_ENTITY if _is_error(response.body):
            # Some rows were ingested, but a materialized view failed, which a retry would repeat.
            return Outcome(Fate.PARTIAL, reason, is_about_rows=True)
        case status if status in _REFUSALS and _is_error(response.body):
            # After 400 nothing was ingested, because at least one row is invalid.
            return Outcome(
                Fate.REFUSED,
                reason,
                is_about_rows=status == HTTPStatus.BAD_REQUEST,
                may_be_kept=not _is_certainly_refused(response),
            )
        case status:
            return Outcome(Fate.RETRYABLE, reason, response.retry_after_seconds, timed_out=status in _TIMED_OUT)


def _judge_counts(body: bytes, rows: int) -> Outcome:
    counts = _read_object(body)
    successful, quarantined = counts.get("successful_rows"), counts.get("quarantined_rows")
    if type(successful) is not int or type(quarantined) is not int:
        return Outcome(Fate.RETRYABLE, "the response has no row counts")
    if quarantined > 0:
        return Outcome(Fate.PARTIAL, "quarantined", is_about_rows=True, damaged_rows=quarantined)
    if quarantined < 0 or successful != rows:
        return Outcome(Fate.RETRYABLE, f"{successful} of {rows} rows accepted")
    return Outcome(Fate.ACCEPTED)


def _is_certainly_refused(response: TinybirdResponse) -> bool:
    return _is_error(response.body) and not response.earlier_may_have_taken_effect


def _is_error(body: bytes) -> bool:
    """Return whether a body has the form of Tinybird's errors, which a proxy's page does not have."""
    return isinstance(_read_object(body).get("error"), str)


def _read_object(body: bytes) -> JsonObject:
    """Return the JSON object in a body, or an empty one."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def retry_policy_for(seconds: float) -> RetryPolicy:
    """Return the retry policy for rows that must be delivered within `seconds`.

    One attempt may take all of them: Tinybird gathers rows for some time before it writes them, and an attempt after a
    timeout would only repeat the wait.
    """
    return RetryPolicy(attempts=3, response_seconds=seconds, total_seconds=seconds, body_bytes_max=_RESPONSE_BYTES_MAX)
