"""Rows to Tinybird: what became of them, in terms of what is owed to whoever sent them.

Rows may be sent again after any doubt: they carry their event_id, and the pipes count each event_id once.
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

# Money is acknowledged by the database itself; the rest once Tinybird has taken it over, which is some times faster
# (docs/decisions/0017).
_ACKNOWLEDGED_WHEN_WRITTEN = {VISITOR_PAYMENTS}
_TOKEN_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
FORWARDED_BYTES_MAX = 5_000_000  # Tinybird takes 10 MB in a call
_ANSWER_BYTES_MAX = 100_000
_REST_SECONDS = 2.0
_REST_SECONDS_MAX = 30.0


class Fate(StrEnum):
    ACCEPTED = "accepted"  # Tinybird has all of them
    LATER = "later"  # Tinybird cannot take them now, and may later
    DAMAGED = "damaged"  # Tinybird could not store some of them as they are: a fault of ours, to be looked at
    REFUSED = "refused"  # Tinybird takes none, and will not until the configuration is mended


class Outcome(NamedTuple):
    fate: Fate
    reason: str = ""
    retry_after_seconds: float = 0.0
    is_about_rows: bool = False  # some rows may be all that is wrong: the others may pass by themselves
    damaged_rows: int = 0  # as far as Tinybird says


class _Rest(NamedTuple):
    """While Tinybird is known to be unable, nobody waits for it to say so again."""

    until: float
    reason: str


_resting: dict[str, _Rest] = {}


def forward(datasource: str, rows: Sequence[str], patience: Patience) -> Outcome:
    """`rows` are lines of JSON, all of one datasource."""
    rest = _resting.get(datasource)
    if rest is not None and rest.until > epoch_seconds():
        return Outcome(Fate.LATER, rest.reason, rest.until - epoch_seconds())
    outcome = _append(datasource, rows, patience)
    if outcome.fate is Fate.ACCEPTED:
        _resting.pop(datasource, None)
        return outcome
    if outcome.fate is Fate.LATER:
        seconds = min(max(outcome.retry_after_seconds, _REST_SECONDS), _REST_SECONDS_MAX)
        _resting[datasource] = _Rest(epoch_seconds() + seconds, outcome.reason)
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
        # Without its token Tinybird cannot be asked; the rows can be kept all the same.
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
            # Partly ingested: a materialized view failed. Sending again is safe here, but cures nothing.
            return Outcome(Fate.DAMAGED, "status 422", is_about_rows=True)
        case HTTPStatus.BAD_REQUEST | HTTPStatus.REQUEST_ENTITY_TOO_LARGE as status:
            # Nothing was ingested: one row that cannot be read keeps all of them out.
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
    """Of a function that has so many seconds for one append."""
    return Patience(attempts=3, answer_seconds=seconds / 2, total_seconds=seconds, body_bytes_max=_ANSWER_BYTES_MAX)
