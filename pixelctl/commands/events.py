"""pixelctl events: send a file of events to the API, over HTTP and with an API key, without AWS."""

import json
import os
import time
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pixel.auth.keys import is_well_formed
from pixelctl.commands.parsers import Place, add_command, add_group, add_json_option, add_local_option
from pixelctl.events.display import ProgressBar
from pixelctl.events.files import Batch, open_events
from pixelctl.events.progress import Progress, Rejects, progress_path, rejects_path
from pixelctl.events.sending import Api, EventSender, Result
from pixelctl.failures import ControlError
from pixelctl.output import Answer, fields
from pixelctl.target import find_stack_file, read_stack_file

if TYPE_CHECKING:
    from pixelctl.commands.parsers import Subparsers

SOME_REJECTED = 3
_ON_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")
_ABOUT_SENDING = """
The file has one JSON object on each line and may be compressed with gzip. The key is read from PIXEL_API_KEY only.
An event without an event_id gets one that is derived from the file's name, size and beginning, and from the line
number. So the same file can be sent again and nothing counts twice; for events without a timestamp this holds for
seven days. A payment with a transaction_id needs no event_id.

FILE.progress.json holds the progress until everything is sent; after an interruption, run the command again to
continue. FILE.rejects.ndjson lists the rejected events as {line, error}. It leaves out the event itself, which may
hold personal data, unless --with-events is given. Put corrected lines into a new file.

exit status: 0 all events were accepted, 1 sending could not be completed, 3 all were sent and some were rejected
"""


def add_event_commands(groups: "Subparsers") -> None:
    place = Place(_add_options, _connect)
    group = add_group(groups, "events", "send events to the API", place=place)
    send = add_command(
        group,
        "send",
        _send,
        "send a file of events of any size, within the rate limit",
        "events send --file events.ndjson --url https://....execute-api.eu-central-1.amazonaws.com/live",
        "--local events send --file events.ndjson.gz",
        place=place,
    )
    send.epilog = f"{_ABOUT_SENDING.strip()}\n\n{send.epilog}"
    send.add_argument("--file", type=Path, required=True, metavar="FILE", help="one event per line; may be a .gz file")
    send.add_argument("--restart", action="store_true", help="start again from the first line")
    send.add_argument(
        "--with-events",
        action="store_true",
        help="also write rejected events to the rejects file; they may hold personal data",
    )

    def check(arguments: Namespace) -> None:
        """Refuse options that choose a stack in AWS, which argparse accepts before the command."""
        for name in ("stack", "region", "profile"):
            if getattr(arguments, name):
                send.error(f"--{name} chooses a stack in AWS; name the API with --url instead")

    send.set_defaults(check=check)


def _add_options(parser: ArgumentParser) -> None:
    """Add the options that replace those that choose a stack in AWS."""
    where = parser.add_argument_group("where it works")
    where.add_argument(
        "--url", default=SUPPRESS, help="address of the API, the stack's output ApiUrl (default: PIXEL_API_URL)"
    )
    add_local_option(where)
    add_json_option(parser)


def _connect(arguments: Namespace) -> Api:
    if arguments.local:
        if arguments.url:
            raise ControlError("--local and --url choose different stacks; give only one of them.")
        stack = read_stack_file(find_stack_file(), "api_url", "keys")
        return Api(stack["api_url"], stack["keys"]["write"])
    url = (arguments.url or os.environ.get("PIXEL_API_URL") or "").rstrip("/")
    key = os.environ.get("PIXEL_API_KEY", "").strip()
    if not url:
        raise ControlError(
            "The address of the API is missing; give the stack's ApiUrl as --url or PIXEL_API_URL, or use --local."
        )
    if not _is_usable(url):
        raise ControlError("--url must be an https:// address such as the stack's output ApiUrl, without ? and #.")
    if not key:
        raise ControlError("The API key is missing; set PIXEL_API_KEY to a key with the scope pixel:write.")
    if not is_well_formed(key):
        raise ControlError("PIXEL_API_KEY is not a valid API key; check for a missing character.")
    return Api(url, key)


def _is_usable(url: str) -> bool:
    """Return whether a key may be sent to the address: over TLS, or without it on this machine."""
    try:
        parts = urlsplit(url)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _ON_THIS_MACHINE)
        return is_safe and bool(parts.hostname) and parts.port != 0 and not (parts.query or parts.fragment)
    except ValueError:
        return False


def _send(api: Api, arguments: Namespace) -> Answer:
    path: Path = arguments.file
    try:
        return _send_file(api, path, restart=arguments.restart, with_events=arguments.with_events)
    except OSError as failure:
        raise ControlError(f"{failure.filename or path} cannot be used: {failure.strerror}.") from failure
    except KeyboardInterrupt as stop:
        stop.add_note("- run the command again to continue")
        raise


def _send_file(api: Api, path: Path, *, restart: bool, with_events: bool) -> Answer:
    with open_events(path) as file:
        progress = Progress.of(file, api.url, restart=restart)
        rejects = Rejects(rejects_path(path), progress)
        bar = ProgressBar(path, file.size, progress.place.line)
        sender = EventSender(api, bar.waits)
        spent, started = progress.seconds, time.monotonic()
        try:
            for batch in file.batches(progress.place):
                results = sender.send([event.content for event in batch.events])
                rejects.add(_rejected(batch, results, with_events=with_events))
                progress.sent += len(results)
                progress.count([*(result.status for result in results), *("rejected" for _ in batch.unusable)])
                progress.place = batch.end
                progress.seconds = round(spent + time.monotonic() - started, 3)
                progress.save(progress_path(path))
                bar.show(line=batch.end.line, bytes_read=batch.bytes_read)
        finally:
            bar.clear()
    progress_path(path).unlink()
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
        "rejects_file": str(rejects.path) if rejected else None,
    }
    return Answer(data, fields(data), SOME_REJECTED if rejected else 0)
