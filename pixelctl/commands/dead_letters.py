"""pixelctl dead-letter: list, show, replay and purge the messages of the dead-letter queue."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from pixel.foundation.clock import now, to_iso
from pixelctl.commands import dead_letter_queue
from pixelctl.commands.command import Group
from pixelctl.commands.confirmation import YES, require
from pixelctl.commands.dead_letter_queue import DeadLetter, Selection
from pixelctl.failures import ControlError
from pixelctl.invocation import Invocation
from pixelctl.output import Answer, table, to_json
from pixelctl.target import connect

SOME_LEFT = 3
_COLUMNS = ("reason", "datasource", "messages", "rows", "oldest", "age", "oldest_message_id")
_APPROXIMATE = "Counts are approximate: messages that another consumer has received are not shown."

dead_letter = Group("dead-letter")
_all_option = click.option("--all", "everything", is_flag=True, help="Every message.")


def _selecting(command: Callable[..., Answer]) -> Callable[..., Answer]:
    """Add the options that select messages."""
    for flag, name, metavar, described in (
        ("--id", "message_id", "MESSAGE_ID", "Only this message."),
        ("--datasource", "datasource", "NAME", "Only those with rows for this datasource."),
        ("--reason", "reason", "REASON", "Only those with this reason."),
    ):
        command = click.option(flag, name, metavar=metavar, help=described)(command)
    return command


@dead_letter.command("list", examples=("dead-letter list",))
@_selecting
@click.pass_obj
def _list(call: Invocation, /, **selected: str | None) -> Answer:
    """Count messages by reason and datasource."""
    groups = _groups(dead_letter_queue.find(connect(call), Selection(**selected)))
    data = {"approximate": True, "groups": groups}
    return Answer(data, f"{table(groups, _COLUMNS)}\n\n{_APPROXIMATE}" if groups else "No dead letters.")


@dead_letter.command(
    "show", examples=("dead-letter show 059f36b4-... --rows", "dead-letter show 059f36b4-... 1f0c22aa-... --rows")
)
@click.argument(
    "message_ids", metavar="MESSAGE_ID...", nargs=-1, required=True, help="Ids that `dead-letter list --json` shows."
)
@click.option("--rows", is_flag=True, help="Also print the rows or the event, which hold what callers sent.")
@click.pass_obj
def _show(call: Invocation, message_ids: tuple[str, ...], *, rows: bool) -> Answer:
    """Show messages as JSON, one object for each."""
    letters = {letter.message_id: letter for letter in dead_letter_queue.find(connect(call), Selection())}
    if missing := [f'"{message_id}"' for message_id in message_ids if message_id not in letters]:
        raise ControlError(
            f"The dead-letter queue has no message {' and no '.join(missing)}; "
            "`pixelctl dead-letter list --json` shows the ids. "
            "A message that another command has received is back within a minute."
        )
    shown = [_letter(letters[message_id], with_rows=rows) for message_id in message_ids]
    return Answer(shown if len(shown) > 1 else shown[0], "\n".join(map(to_json, shown)))


def _letter(letter: DeadLetter, *, with_rows: bool) -> dict[str, Any]:
    """Return what is known of a message; what callers sent is part of it only on demand."""
    shown: dict[str, Any] = {
        "message_id": letter.message_id,
        "reason": letter.reason,
        "datasource": letter.datasource,
        "rows": len(letter.rows),
        "kept_at": _iso(letter.kept_at),
        "event_ids": letter.event_ids,
    }
    if letter.error is not None:
        shown["error"] = letter.error
    if with_rows:
        shown["contents"] = [_parsed(content) for content in letter.rows or [letter.original]]
    return shown


def _parsed(content: str) -> Any:
    """Return the JSON value in a text, or the text if it is something else."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return content


@dead_letter.command(
    "replay", examples=("dead-letter replay --all", "dead-letter replay --reason quarantined --datasource pageviews")
)
@_all_option
@_selecting
@click.pass_obj
def _replay(call: Invocation, /, *, everything: bool, **selected: str | None) -> Answer:
    """Send messages for another attempt; each event still counts once."""
    chosen = _chosen(Selection(**selected), everything=everything)
    sent, left = dead_letter_queue.replay(connect(call), chosen)
    answer = _removed("replayed", sent)
    if not left:
        return answer
    reasons = Counter(reason for _, reason in left)
    lines = [f"left: {messages} messages. {reason}" for reason, messages in reasons.items()]
    return Answer(answer.data | {"left": dict(reasons)}, "\n".join([answer.text, *lines]), SOME_LEFT)


@dead_letter.command("purge", examples=("dead-letter purge --id 059f36b4-... --yes",), params=[YES])
@_all_option
@_selecting
@click.pass_obj
def _purge(call: Invocation, /, *, yes: bool, everything: bool, **selected: str | None) -> Answer:
    """Delete messages permanently."""
    selection = _chosen(Selection(**selected), everything=everything)
    if not yes:
        require("This deletes the only copy of these messages")
    return _removed("purged", dead_letter_queue.purge(connect(call), selection))


def _removed(what: str, letters: Sequence[DeadLetter]) -> Answer:
    counts = {"messages": len(letters), "rows": sum(len(letter.rows) for letter in letters)}
    return Answer({what: counts}, f"{what}: {counts['messages']} messages, {counts['rows']} rows")


def _chosen(selection: Selection, *, everything: bool) -> Selection:
    """Return the selection, and refuse an empty one: a forgotten option must not select every message."""
    if everything == (selection != Selection()):
        raise ControlError("No messages are selected; give --all, or one or more of --reason, --datasource and --id.")
    return selection


def _groups(letters: Sequence[DeadLetter]) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str], list[DeadLetter]] = {}
    for letter in sorted(letters, key=lambda letter: letter.kept_at):
        groups.setdefault((letter.reason, letter.datasource), []).append(letter)
    return [
        {
            "reason": reason,
            "datasource": datasource,
            "messages": len(group),
            "rows": sum(len(letter.rows) for letter in group),
            "oldest": _iso(group[0].kept_at),
            "age": _age(group[0].kept_at),
            "oldest_message_id": group[0].message_id,
            "message_ids": [letter.message_id for letter in group],
        }
        for (reason, datasource), group in groups.items()
    ]


def _iso(seconds: float) -> str:
    return to_iso(datetime.fromtimestamp(seconds, UTC))


def _age(seconds: float) -> str:
    minutes = int((now().timestamp() - seconds) // 60)
    if minutes < 60:
        return f"{minutes}m"
    return f"{minutes // 60}h" if minutes < 48 * 60 else f"{minutes // 1440}d"
