"""The on-failure destination in S3: an object for each discarded batch, with its records.

Names and fields are Lambda's, so that the same programs can read them here and on AWS.
"""

import json
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple
from uuid import uuid4

from local.lambdas.event_sources.records import Record, StreamSource, event_of
from local.lambdas.runtime_api import Outcome
from pixel.foundation.clock import now

Condition = Literal["RetryAttemptsExhausted", "RecordAgeExceeded"]


class FailedBatch(NamedTuple):
    source: StreamSource
    shard_id: str
    records: list[Record]
    invocations: int
    condition: Condition
    outcome: Outcome | None  # of the last invocation; None if the batch was discarded without one


def write(s3: Any, bucket: str, batch: FailedBatch) -> None:
    moment = now()
    s3.put_object(Bucket=bucket, Key=_key(batch, moment), Body=json.dumps(_invocation_record(batch, moment)))


def _key(batch: FailedBatch, moment: datetime) -> str:
    folder = f"aws/lambda/{batch.source.uuid}/{batch.shard_id}"
    return f"{folder}/{moment:%Y/%m/%d}/{moment:%Y-%m-%dT%H.%M.%S}-{uuid4()}"


def _invocation_record(batch: FailedBatch, moment: datetime) -> dict[str, Any]:
    first, last = batch.records[0], batch.records[-1]
    record: dict[str, Any] = {
        "requestContext": {
            "requestId": str(uuid4()),
            "functionArn": batch.source.function_arn,
            "condition": batch.condition,
            "approximateInvokeCount": batch.invocations,
        }
    }
    if batch.outcome is not None:
        # A function that returned and reported failed records has no error.
        error = None if batch.outcome.error is None else "Unhandled"
        record["responseContext"] = {"statusCode": 200, "executedVersion": "$LATEST", "functionError": error}
    return record | {
        "version": "1.0",
        "timestamp": _to_iso(moment),
        "KinesisBatchInfo": {
            "shardId": batch.shard_id,
            "startSequenceNumber": first["SequenceNumber"],
            "endSequenceNumber": last["SequenceNumber"],
            "approximateArrivalOfFirstRecord": _to_iso(first["ApproximateArrivalTimestamp"]),
            "approximateArrivalOfLastRecord": _to_iso(last["ApproximateArrivalTimestamp"]),
            "batchSize": len(batch.records),
            "streamArn": batch.source.stream_arn,
        },
        "payload": event_of(batch.source, batch.shard_id, batch.records),
    }


def _to_iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
