"""pixelctl events: send a file of events, and show where an event is, over HTTP with an API key, without AWS."""

import json
import os
import time
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from pixel.auth.caller import Scope
from pixel.auth.keys import is_well_formed
from pixelctl.commands.parsers import Place, add_command, add_group, add_json_option, add_local_option
from pixelctl.doctor.api_client import ApiClient
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

_ABOUT_SHOWING = """
The key is read from PIXEL_API_KEY only and needs the scope pixel:read. An event that was accepted seconds ago under an
id that the API made may be unknown for a moment. `dead-letter replay` sends dead letters again.
"""


def add_event_commands(groups: "Subparsers") -> None:
    place = Place(_add_options, _connect)
    group = add_group(groups, "events", "send events to the API, and show where they are", place=place)
    _add_send(group, place)
    _add_show(group, place)


def _add_send(group: "Subparsers", place: Place) -> None:
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
    _refuse_stacks(send)
    send.set_defaults(scope=Scope.WRITE)


def _add_show(group: "Subparsers", place: Place) -> None:
    show = add_command(
        group,
        "show",
        _show,
        "show where an event is: stored, accepted, queued, dead-lettered or in progress",
        "events show order-1001 --url https://....execute-api.eu-central-1.amazonaws.com/live",
        "--local events show evt_... --website admx_...",
        place=place,
    )
    show.epilog = f"{_ABOUT_SHOWING.strip()}\n\n{show.epilog}"
    show.add_argument("event_id", metavar="EVENT", help="the event's id, yours or the one that was made")
    show.add_argument("--website", metavar="ID", help="only an event of this website")
    _refuse_stacks(show)
    show.set_defaults(scope=Scope.READ)


def _refuse_stacks(parser: ArgumentParser) -> None:
    """Refuse options that choose a stack in AWS, which argparse accepts before the command."""

    def check(arguments: Namespace) -> None:
        for name in ("stack", "region", "profile"):
            if getattr(arguments, name):
                parser.error(f"--{name} chooses a stack in AWS; name the API with --url instead")

    parser.set_defaults(check=check)


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
        return Api(stack["api_url"], stack["keys"][arguments.scope.removeprefix("pixel:")])
    url = (arguments.url or os.environ.get("PIXEL_API_URL") or "").rstrip("/")
    key = os.environ.get("PIXEL_API_KEY", "").strip()
    if not url:
        raise ControlError(
            "The address of the API is missing; give the stack's ApiUrl as --url or PIXEL_API_URL, or use --local."
        )
    if not _is_usable(url):
        raise ControlError("--url must be an https:// address such as the stack's output ApiUrl, without ? and #.")
    if not key:
        raise ControlError(f"The API key is missing; set PIXEL_API_KEY to a key with the scope {arguments.scope}.")
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


def _show(api: Api, arguments: Namespace) -> Answer:
    path = f"/api/v1/pixel/events/{quote(arguments.event_id, safe='')}"
    reply = ApiClient(api.url, api.key).get(path, {"website_id": arguments.website} if arguments.website else None)
    if reply.status != 200 or "fate" not in reply.data:
        raise ControlError(f"The fate of this event is not known: {reply}")
    data = reply.data | ({"warehouse": "unavailable"} if reply.is_without_warehouse else {})
    return Answer(data, fields({**data, **{name: [*map(_fault, data[name])] for name in ("fields",) if name in data}}))


def _fault(fault: Mapping[str, str]) -> str:
    return f"{fault['path']}: {fault['code']}"


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
