"""pixelctl clicks: send on the clicks of short links that could not be queued and are in the log alone."""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import batched
from typing import Any, Final

import click

from pixel.foundation.clock import now
from pixel.redirects.recording import NOT_QUEUED
from pixelctl.commands.command import Group
from pixelctl.commands.expiry import parse_duration
from pixelctl.failures import ControlError
from pixelctl.invocation import Invocation
from pixelctl.output import Answer, fields
from pixelctl.target import Target, connect, find_stack_file

_FILTER: Final = f'{{ $.message = "{NOT_QUEUED}" }}'
_MESSAGES_AT_ONCE: Final = 10
_FUNCTION: Final = "follow_link"

clicks = Group("clicks")


@clicks.command("recover", examples=("clicks recover --since 1d", "clicks recover --since 2w --dry-run"))
@click.option("--since", default="1d", metavar="SPAN", help="How far back to look: 12h, 1d or 2w (default: 1d).")
@click.option("--dry-run", is_flag=True, help="Count them, and send nothing.")
@click.pass_obj
def _recover(call: Invocation, *, since: str, dry_run: bool) -> Answer:
    """Put clicks that are in the log into the queue.

    Each has its own id, so it counts once however often this is run.
    """
    span = parse_duration(since)
    target = connect(call)
    queue = target.clicks_queue
    rows = {json.loads(row)["click_id"]: row for row in _rows(read_lines(target, span))}
    if not dry_run:
        for batch in batched(rows.values(), _MESSAGES_AT_ONCE, strict=False):
            _send(target, queue, batch)
    shown = {"found": len(rows), "sent": 0 if dry_run else len(rows)}
    return Answer(shown, fields(shown))


def _send(target: Target, queue: str, rows: tuple[str, ...]) -> None:
    entries: Any = [{"Id": str(number), "MessageBody": row} for number, row in enumerate(rows)]
    failed = target.sqs.send_message_batch(QueueUrl=queue, Entries=entries).get("Failed", [])
    if failed:
        raise ControlError(f"SQS did not take {len(failed)} clicks; run the command again, each counts once.")


def _rows(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        try:
            content = json.loads(line)
        except ValueError:
            continue
        if isinstance(content, dict) and content.get("message") == NOT_QUEUED:
            yield str(content["row"])


def read_lines(target: Target, span: timedelta) -> Iterator[str]:
    """Yield the lines of the function's log; CloudWatch returns them page by page."""
    if target.is_local:
        yield from _local_lines()
        return
    pages = (
        target.connect("logs")
        .get_paginator("filter_log_events")
        .paginate(
            logGroupName=f"/pixel/{target.name}/{_FUNCTION}",
            startTime=int((now() - span).timestamp() * 1000),
            filterPattern=_FILTER,
        )
    )
    for page in pages:
        yield from (str(event["message"]) for event in page["events"])


def _local_lines() -> Iterator[str]:
    """Yield the lines of the function's file; the embedded stack writes one for each function."""
    file = find_stack_file().parent / "logs" / f"{_FUNCTION}.log"
    if file.exists():
        with file.open() as lines:
            yield from lines
