"""pixelctl events: send a file of events, and show where an event is, over HTTP with an API key, without AWS."""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from pixel.auth.caller import Scope
from pixelctl.api import Api, find_api
from pixelctl.api_client import ApiClient
from pixelctl.commands.command import Group
from pixelctl.events.display import ProgressLine
from pixelctl.events.files import STDIN, Batch, EventFile, open_events
from pixelctl.events.progress import Progress, Rejects, progress_path
from pixelctl.events.sending import EventSender, Result
from pixelctl.failures import ControlError
from pixelctl.invocation import Invocation
from pixelctl.output import Answer, fields

SOME_REJECTED = 3
_STDIN_NAME = "standard input"
_AGAIN = "The progress is saved; run the command again to continue."
_AGAIN_OF_STDIN = "Send the same input again: events that were accepted count once."

events = Group("events")


@events.command(
    "send",
    examples=(
        "events send --file events.ndjson --url https://....execute-api.eu-central-1.amazonaws.com/live",
        "--local events send --file events.csv.gz",
        "--local events send --file - < events.csv",
    ),
)
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="NDJSON, or CSV if its name ends in .csv; may be a .gz file. - is standard input.",
)
@click.option("--restart", is_flag=True, help="Start again from the first line.")
@click.option(
    "--with-events",
    is_flag=True,
    help="Also write rejected events to the rejects file; they may hold personal data.",
)
@click.pass_obj
def _send(call: Invocation, path: Path, *, restart: bool, with_events: bool) -> Answer:
    """Send a file of events of any size, within the rate limit.

    The file has one JSON object on each line, or the rows of a CSV file whose header names fields, such as
    website_id,name,path,properties.plan; an empty cell omits a field. Standard input may be either. Both may be
    compressed with gzip. The key is read from PIXEL_API_KEY only.

    An event without an event_id gets one that is derived from the file's name, size and beginning, and from the line
    number. So the same file can be sent again and nothing counts twice; for events without a timestamp this holds for
    seven days. A payment with a transaction_id needs no event_id.

    FILE.progress.json holds the progress until everything is sent; after an interruption, run the command again to
    continue. FILE.rejects.ndjson lists the rejected events as {line, error}, for standard input standard error does. It
    leaves out the event itself, which may hold personal data, unless --with-events is given. Put corrected lines into a
    new file.

    Exit status: 0 all events were accepted, 1 sending could not be completed, 3 all were sent and some were rejected.
    """
    api = find_api(call, Scope.WRITE)
    how_to_continue = _AGAIN_OF_STDIN if path == STDIN else _AGAIN
    if path == STDIN and sys.stdin.isatty():
        click.echo("Reading events from the terminal; end with Ctrl-D.", err=True)
    try:
        with open_events(path) as file:
            return _send_file(file, api, how_to_continue, restart=restart, with_events=with_events)
    except OSError as failure:
        raise ControlError(f"{failure.filename or path} cannot be used: {failure.strerror}.") from failure
    except KeyboardInterrupt as stop:
        stop.add_note(how_to_continue)
        raise


@events.command(
    "show",
    examples=(
        "events show order-1001 --url https://....execute-api.eu-central-1.amazonaws.com/live",
        "--local events show evt_... --website admx_...",
    ),
)
@click.argument("event_id", metavar="EVENT", help="The event's id, yours or the one that was made.")
@click.option("--website", metavar="WEBSITE_ID", help="Only an event of this website.")
@click.pass_obj
def _show(call: Invocation, event_id: str, website: str | None) -> Answer:
    """Show where an event is: stored, accepted, queued, dead-lettered or in progress.

    The key is read from PIXEL_API_KEY only and needs the scope pixel:read. An event that was accepted seconds ago under
    an id that the API made may be unknown for a moment. `dead-letter replay` sends dead letters again.
    """
    api = find_api(call, Scope.READ)
    path = f"/api/v1/pixel/events/{quote(event_id, safe='')}"
    reply = ApiClient(api.url, api.key).get(path, {"website_id": website} if website else None)
    if reply.status != 200 or "fate" not in reply.data:
        raise ControlError(f"The fate of this event is not known: {reply}")
    data = reply.data | ({"warehouse": "unavailable"} if reply.is_without_warehouse else {})
    return Answer(data, fields({**data, **{name: [*map(_fault, data[name])] for name in ("fields",) if name in data}}))


def _fault(fault: Mapping[str, str]) -> str:
    return f"{fault['path']}: {fault['code']}"


def _send_file(file: EventFile, api: Api, how_to_continue: str, *, restart: bool, with_events: bool) -> Answer:
    path = file.path
    progress = Progress.of(file, api.url, restart=restart)
    rejects = Rejects(path, progress)
    line = ProgressLine(_STDIN_NAME if path == STDIN else path.name, file.size, progress.place.line)
    sender = EventSender(api, line.waits, how_to_continue=how_to_continue)
    spent, started = progress.seconds, time.monotonic()
    try:
        for batch in file.batches(progress.place):
            line.sends(len(batch.events))
            results = sender.send([event.content for event in batch.events])
            rejects.add([*_rejected(batch, results, with_events=with_events)])
            progress.sent += len(results)
            progress.count([*(result.status for result in results), *("rejected" for _ in batch.unusable)])
            progress.place = batch.end
            progress.seconds = round(spent + time.monotonic() - started, 3)
            progress.save(path)
            line.show(line=batch.end.line, bytes_read=batch.bytes_read, counts=progress.counts)
    finally:
        line.clear()
    progress_path(path).unlink(missing_ok=path == STDIN)
    return _summary(progress, rejects)


def _rejected(batch: Batch, results: list[Result], *, with_events: bool) -> Iterator[Mapping[str, Any]]:
    """Return the rejected events in the order of their lines."""
    found = [
        (line, {"code": code, "message": reason}, content and content.decode(errors="replace"))
        for line, code, reason, content in batch.unusable
    ]
    for event, result in zip(batch.events, results, strict=True):
        if result.status == "rejected":
            found.append((event.line, result.error or {}, json.loads(event.content)))
    for line, error, content in sorted(found, key=lambda entry: entry[0]):
        yield {"line": line, "error": error, **({"event": content} if with_events else {})}


def _summary(progress: Progress, rejects: Rejects) -> Answer:
    rejected = progress.counts["rejected"]
    data = {
        "sent": progress.sent,
        **progress.counts,
        "seconds": progress.seconds,
        "rejects_file": str(rejects.path) if rejected and rejects.path else None,
    }
    lines = [f"line {one['line']}: {_reason(one['error'])}" for one in rejects.first]
    more = rejected - len(lines)
    lines += [f"and {more:,} more"] if lines and more else []
    return Answer(data, "\n".join([fields(data), *lines]), SOME_REJECTED if rejected else 0)


def _reason(error: Mapping[str, Any]) -> str:
    """Return what is wrong with an event, field by field if the API says so."""
    faults = (error.get("details") or {}).get("fields") or []
    return " ".join(str(fault["message"]) for fault in faults) or str(error.get("message") or "no reason given")
