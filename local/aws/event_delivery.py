"""Deliver events from EventBridge and S3 to queues as AWS does, where moto differs.

moto fills events into a text template, so an id replaces `<id>` in a page's address. It leaves out the account, runs
disabled rules, has no dead-letter queue (the sender gets the error), replays events of any time, and sends each S3
event to every bus, always with the same id and sequencer. It reaches queues only inside its process, so its methods are
replaced there; rules, patterns and archives stay moto's.
"""

import copy
import json
import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.events import models
from moto.s3 import notifications
from moto.sqs.models import sqs_backends

from pixel.foundation.clock import to_iso

Event = dict[str, Any]

_EVENTS: Any = models  # `Any`, because methods are replaced
_S3: Any = notifications
_MOTO_SENDS = _EVENTS.Rule.send_to_targets
_MOTO_TELLS_QUEUE = _S3._get_s3_event  # noqa: SLF001 - see above
_REASONS = {
    "s3:ObjectCreated:Put": "PutObject",
    "s3:ObjectCreated:Post": "POST Object",
    "s3:ObjectCreated:Copy": "CopyObject",
    "s3:ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
}


def install() -> None:
    _EVENTS.Rule.send_to_targets = _send_to_targets
    _EVENTS.Replay.replay_events = _replay
    _S3._send_event_bridge_message = _tell_event_bridge  # noqa: SLF001 - see above
    _S3._get_s3_event = _queue_message  # noqa: SLF001 - as above


def _send_to_targets(rule: Any, event: Event, transform_input: bool = True) -> None:  # noqa: FBT001, FBT002 - moto's
    if rule.state != "ENABLED" or not rule.event_pattern.matches_event(event):
        return
    archives = _EVENTS.events_backends[rule.account_id][rule.region_name].archives.values()
    for archive in archives:
        if archive.rule is rule:
            archive.events.append(event)
            return
    others = []
    for target in rule.targets:
        if ":sqs:" in target["Arn"]:
            _send_to_queue(rule, target, event)
        else:
            others.append(target)
    if others:
        rest = copy.copy(rule)
        rest.targets = others
        _MOTO_SENDS(rest, event, transform_input)


def _send_to_queue(rule: Any, target: Event, event: Event) -> None:
    delivered = {name: value for name, value in event.items() if name != "ingestion-time"}
    delivered["time"] = to_iso(datetime.fromtimestamp(float(event["time"]), UTC))
    body = json.dumps(delivered, ensure_ascii=False, separators=(",", ":"))
    try:
        _put(target["Arn"], body, {})
    except Exception as failure:  # noqa: BLE001 - EventBridge hides every error of a queue from the sender
        dead_letter_queue = target.get("DeadLetterConfig", {}).get("Arn")
        if dead_letter_queue is not None:
            reason = {
                "RULE_ARN": rule.arn,
                "TARGET_ARN": target["Arn"],
                "ERROR_CODE": type(failure).__name__,
                "ERROR_MESSAGE": str(failure),
            }
            _put(dead_letter_queue, body, reason)


def _put(queue_arn: str, body: str, attributes: dict[str, str]) -> None:
    _, _, _, region, account, name = queue_arn.split(":")
    sqs_backends[account][region].send_message(
        name,
        body,
        message_attributes={key: {"DataType": "String", "StringValue": text} for key, text in attributes.items()},
    )


def _replay(replay: Any, archive: Any) -> None:
    backend = _EVENTS.events_backends[replay.account_id][replay.region]
    bus = backend.describe_event_bus(replay.destination["Arn"].rpartition("/")[2])
    rules = [rule for rule in bus.rules.values() if rule.arn in replay.destination.get("FilterArns", [rule.arn])]
    for event in list(archive.events):
        if replay.event_start_time <= float(event["time"]) < replay.event_end_time:
            again = {**event, "id": str(uuid4()), "replay-name": replay.name}
            for rule in rules:
                rule.send_to_targets(again)
    replay.state = _EVENTS.ReplayState.COMPLETED
    replay.end_time = time.time()


def _tell_event_bridge(account: str, bucket: Any, event_name: str, key: Any) -> None:
    if key.multipart is not None and event_name == "s3:ObjectCreated:Put":
        return  # moto completes an upload in parts this way, and reports the whole upload right after it
    now = time.time()
    stored = {"key": key.name, "size": key.size, "etag": key.etag.strip('"'), "sequencer": _sequencer()}
    if bucket.is_versioned:
        stored["version-id"] = key.version_id
    event = {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": _S3._detail_type(event_name),  # noqa: SLF001 - as above
        "source": "aws.s3",
        "account": account,
        "time": now,
        "region": bucket.region_name,
        "resources": [bucket.arn],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket.name},
            "object": stored,
            "request-id": uuid4().hex[:16].upper(),
            "requester": account,
            "source-ip-address": "127.0.0.1",
            "reason": _REASONS.get(event_name, event_name.split(":")[1]),
        },
        "ingestion-time": now,
    }
    for rule in _EVENTS.events_backends[account][bucket.region_name].event_buses["default"].rules.values():
        rule.send_to_targets(event)


def _queue_message(event_name: str, bucket: Any, key: Any, notification_id: str) -> Event:
    message: Event = _MOTO_TELLS_QUEUE(event_name, bucket, key, notification_id)
    message["Records"][0]["s3"]["object"]["sequencer"] = _sequencer()
    return message


def _sequencer() -> str:
    """Return a number that grows with every write of a key."""
    return f"{time.time_ns():018X}"
