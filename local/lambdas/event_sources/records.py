"""The records of a stream, and the events that Lambda makes of them."""

import json
from base64 import b64encode
from collections.abc import Sequence
from typing import Any, NamedTuple

from local.lambdas.functions import Function
from local.template import ACCOUNT, REGION

Record = dict[str, Any]
"""A record in the form of GetRecords."""

_BYTES_BESIDE_DATA = 700


class StreamSource(NamedTuple):
    name: str
    uuid: str
    stream_arn: str
    function_arn: str
    function: Function
    starting_position: str
    batch_size: int
    window_seconds: float
    lanes: int
    bisects: bool
    retries_max: int  # -1 means until a record is too old
    age_seconds_max: float  # -1 means any age
    reports_failures: bool
    failures_bucket: str | None


def event_of(source: StreamSource, shard_id: str, records: Sequence[Record]) -> str:
    return json.dumps({"Records": [_as_lambda_sends(source, shard_id, record) for record in records]})


def bytes_in_event(record: Record) -> int:
    """Return an upper estimate of the bytes that a record adds to an event."""
    return len(record["Data"]) * 4 // 3 + 6 * len(record["PartitionKey"]) + _BYTES_BESIDE_DATA


def _as_lambda_sends(source: StreamSource, shard_id: str, record: Record) -> dict[str, Any]:
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record["PartitionKey"],
            "sequenceNumber": record["SequenceNumber"],
            "data": b64encode(record["Data"]).decode(),
            "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"].timestamp(),
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard_id}:{record['SequenceNumber']}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": f"arn:aws:iam::{ACCOUNT}:role/{source.function_arn.rpartition(':')[2]}",
        "awsRegion": REGION,
        "eventSourceARN": source.stream_arn,
    }
