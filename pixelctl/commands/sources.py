"""pixelctl source: list the event sources beside the API, and put a file of events into one."""

from collections.abc import Iterator
from pathlib import Path
from shlex import quote

import click

from pixelctl.commands.command import Group
from pixelctl.commands.events import SOME_REJECTED
from pixelctl.events.files import Place, Unusable, open_events
from pixelctl.events.sources import FILES, SOURCES, list_sources, put_events, put_file
from pixelctl.failures import ControlError
from pixelctl.invocation import Invocation
from pixelctl.output import Answer, fields
from pixelctl.target import connect, find_stack_file, read_stack_file

_OFF = "off"
_VARIABLES = {
    "queue": "INGEST_QUEUE_URL",
    "bus": "EVENT_BUS_NAME",
    "topic": "EVENT_TOPIC_ARN",
    "stream": "EVENT_STREAM_NAME",
    "files": "FILES_BUCKET_NAME",
}

source = Group("source")


@source.command("list", examples=("source list",))
@click.pass_obj
def _list(call: Invocation) -> Answer:
    """List the sources and their names in AWS."""
    found = list_sources(connect(call))
    return Answer(found, fields({name: place or _OFF for name, place in found.items()}))


@source.command("env", examples=("source env > sources.sh", "--local source env"))
@click.pass_obj
def _env(call: Invocation) -> Answer:
    """Print the sources as shell variables.

    With --local, also print those that point the AWS CLI to the embedded stack.
    """
    variables = {_VARIABLES[name]: place for name, place in list_sources(connect(call)).items() if place is not None}
    if call.local:
        stack = read_stack_file(find_stack_file(), "aws_endpoint_url", "region")
        variables |= {
            "AWS_ENDPOINT_URL": stack["aws_endpoint_url"],
            "AWS_DEFAULT_REGION": stack["region"],
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
    return Answer(variables, "\n".join(f"export {name}={quote(value)}" for name, value in variables.items()))


@source.command(
    "put",
    examples=(
        "source put --to queue --file events.ndjson",
        "--local source put --to files --file events.csv.gz",
    ),
)
@click.option("--to", type=click.Choice([*SOURCES, FILES]), required=True, help="A source that `source list` shows.")
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="One event per line; for files also CSV.",
)
@click.pass_obj
def _put(call: Invocation, to: str, path: Path) -> Answer:
    """Put a file of events, one per line, into a source.

    An event without an event_id gets one that is derived from the file's name, size and beginning, and from the line
    number, so the same file can be put again and counts once. With --to files, the file is uploaded unchanged. Events
    that are rejected later are shown by `dead-letter list`; those of files are in rejected/ in the bucket.
    """
    if not path.is_file():
        raise ControlError(f"{path} is not a file; name one with one event per line.")
    target = connect(call)
    if to == FILES:
        shown: dict[str, object] = {"put": put_file(target, path, f"incoming/{path.name}")}
        return Answer(shown, fields(shown))
    unusable: list[Unusable] = []
    put = put_events(target, to, _events(path, unusable))
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
