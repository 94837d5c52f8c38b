"""The on-failure destination in S3: an object for each batch that was given up, with the records themselves.

Names and fields are Lambda's, so that what reads them on AWS can read them here.
"""

import json
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple
from uuid import uuid4

from local.lambdas.event_sources.records import Record, StreamSource, event_of
from local.lambdas.runtime_api import Outcome
from pixel.foundation.clock import now

Condition = Literal["RetryAttemptsExhausted", "RecordAgeExceeded"]


class GivenUp(NamedTuple):
    source: StreamSource
    shard_id: str
    records: list[Record]
    invocations: int
    condition: Condition
    outcome: Outcome | None  # of the last invocation; None: it was not run for this


def keep(s3: Any, bucket: str, given_up: GivenUp) -> None:
    moment = now()
    s3.put_object(Bucket=bucket, Key=_key(given_up, moment), Body=json.dumps(_invocation_record(given_up, moment)))


def _key(given_up: GivenUp, moment: datetime) -> str:
    folder = f"aws/lambda/{given_up.source.uuid}/{given_up.shard_id}"
    return f"{folder}/{moment:%Y/%m/%d}/{moment:%Y-%m-%dT%H.%M.%S}-{uuid4()}"


def _invocation_record(given_up: GivenUp, moment: datetime) -> dict[str, Any]:
    first, last = given_up.records[0], given_up.records[-1]
    record: dict[str, Any] = {
        "requestContext": {
            "requestId": str(uuid4()),
            "functionArn": given_up.source.function_arn,
            "condition": given_up.condition,
            "approximateInvokeCount": given_up.invocations,
        }
    }
    if given_up.outcome is not None:
        # A function that returned, and reported records as failed, has made no error.
        error = None if given_up.outcome.error is None else "Unhandled"
        record["responseContext"] = {"statusCode": 200, "executedVersion": "$LATEST", "functionError": error}
    return record | {
        "version": "1.0",
        "timestamp": _to_iso(moment),
        "KinesisBatchInfo": {
            "shardId": given_up.shard_id,
            "startSequenceNumber": first["SequenceNumber"],
            "endSequenceNumber": last["SequenceNumber"],
            "approximateArrivalOfFirstRecord": _to_iso(first["ApproximateArrivalTimestamp"]),
            "approximateArrivalOfLastRecord": _to_iso(last["ApproximateArrivalTimestamp"]),
            "batchSize": len(given_up.records),
            "streamArn": given_up.source.stream_arn,
        },
        "payload": event_of(given_up.source, given_up.shard_id, given_up.records),
    }


def _to_iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
