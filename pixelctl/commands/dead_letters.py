"""pixelctl dead-letter: list, show, replay and purge the messages of the dead-letter queue."""

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
from pixelctl.output import Answer, fields, table
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


@dead_letter.command("show", examples=("dead-letter show 059f36b4-... --rows",))
@click.argument("message_id", metavar="MESSAGE_ID", help="The id that `dead-letter list --json` shows.")
@click.option("--rows", is_flag=True, help="Also print the rows or the event, which hold what callers sent.")
@click.pass_obj
def _show(call: Invocation, message_id: str, *, rows: bool) -> Answer:
    """Show one message."""
    found = dead_letter_queue.find(connect(call), Selection(message_id=message_id))
    if not found:
        raise ControlError(
            f'The dead-letter queue has no message "{message_id}"; '
            "`pixelctl dead-letter list --json` shows the ids. "
            "A message that another command has received is back within a minute."
        )
    letter = found[0]
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
    if not rows:
        return Answer(shown, fields(shown))
    contents = letter.rows or [letter.original]
    return Answer(shown | {"contents": contents}, "\n".join([fields(shown), "", *contents]))


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
