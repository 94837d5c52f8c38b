"""pixelctl source: list the event sources beside the API, and put a file of events into one."""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from pixelctl.commands.events import SOME_REJECTED
from pixelctl.commands.parsers import add_command, add_group
from pixelctl.events.files import Place, Unusable, open_events
from pixelctl.events.sources import FILES, SOURCES, list_sources, put_events, put_file
from pixelctl.failures import ControlError
from pixelctl.output import Answer, fields
from pixelctl.target import Target, find_stack_file, read_stack_file

if TYPE_CHECKING:
    from pixelctl.commands.parsers import Subparsers

_OFF = "off"
_VARIABLES = {
    "queue": "INGEST_QUEUE_URL",
    "bus": "EVENT_BUS_NAME",
    "topic": "EVENT_TOPIC_ARN",
    "stream": "EVENT_STREAM_NAME",
    "files": "FILES_BUCKET_NAME",
}
_ABOUT_PUTTING = """
An event without an event_id gets one that is derived from the file's name, size and beginning, and from the line
number, so the same file can be put again and counts once. With --to files, the file is uploaded unchanged. Events
that are rejected later are shown by `dead-letter list`; those of files are in rejected/ in the bucket.
"""


def add_source_commands(groups: "Subparsers") -> None:
    group = add_group(groups, "source", "event sources beside the API: queue, bus, topic, stream and files")
    add_command(group, "list", _list, "list the sources and their names in AWS", "source list")
    add_command(
        group, "env", _env, "print the sources as shell variables", "source env > sources.sh", "--local source env"
    )
    put = add_command(
        group,
        "put",
        _put,
        "put a file of events, one per line, into a source",
        "source put --to queue --file events.ndjson",
        "--local source put --to files --file events.csv.gz",
    )
    put.add_argument("--to", choices=[*SOURCES, FILES], required=True, help="a source that `source list` shows")
    put.add_argument("--file", type=Path, required=True, metavar="FILE", help="one event per line; for files also CSV")
    put.epilog = f"{_ABOUT_PUTTING.strip()}\n\n{put.epilog}"


def _list(target: Target, _arguments: Namespace) -> Answer:
    found = list_sources(target)
    return Answer(found, fields({name: place or _OFF for name, place in found.items()}))


def _env(target: Target, arguments: Namespace) -> Answer:
    """Print the sources as variables; with --local, also those that point the AWS CLI to the embedded stack."""
    variables = {_VARIABLES[name]: place for name, place in list_sources(target).items() if place is not None}
    if arguments.local:
        stack = read_stack_file(find_stack_file(), "aws_endpoint_url", "region")
        variables |= {
            "AWS_ENDPOINT_URL": stack["aws_endpoint_url"],
            "AWS_DEFAULT_REGION": stack["region"],
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
    return Answer(variables, "\n".join(f"export {name}={quote(value)}" for name, value in variables.items()))


def _put(target: Target, arguments: Namespace) -> Answer:
    path: Path = arguments.file
    if not path.is_file():
        raise ControlError(f"{path} is not a file; name one with one event per line.")
    if arguments.to == FILES:
        shown: dict[str, object] = {"put": put_file(target, path, f"incoming/{path.name}")}
        return Answer(shown, fields(shown))
    unusable: list[Unusable] = []
    put = put_events(target, arguments.to, _events(path, unusable))
    shown = {"put": put, "unusable": len(unusable)}
    lines = [f"line {line}: {reason}" for line, _, reason, _ in unusable]
    data = {**shown, "lines": [{"line": line, "error": reason} for line, _, reason, _ in unusable]}
    return Answer(data, "\n".join([fields(shown), *lines]), SOME_REJECTED if unusable else 0)


def _events(path: Path, unusable: list[Unusable]) -> Iterator[str]:
    """Yield events, with the same ids each time this file is put; add lines that are not events to `unusable`."""
    with open_events(path) as file:
        for batch in file.batches(Place()):
            unusable += batch.unusable
            yield from (event.content.decode() for event in batch.events)
