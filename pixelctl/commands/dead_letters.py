"""pixelctl dead-letter: list, show, replay and purge the messages of the dead-letter queue."""

from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pixel.foundation.clock import now, to_iso
from pixelctl.commands import dead_letter_queue
from pixelctl.commands.confirmation import add_yes, require
from pixelctl.commands.dead_letter_queue import DeadLetter, Selection
from pixelctl.commands.parsers import add_command, add_group
from pixelctl.failures import ControlError
from pixelctl.output import Answer, fields, table
from pixelctl.target import Target

if TYPE_CHECKING:
    from pixelctl.commands.parsers import Subparsers

SOME_LEFT = 3
_COLUMNS = ("reason", "datasource", "messages", "rows", "oldest", "age", "oldest_message_id")
_APPROXIMATE = "Counts are approximate: messages that another consumer has received are not shown."


def add_dead_letter_commands(groups: "Subparsers") -> None:
    group = add_group(groups, "dead-letter", "rows that could not be stored, and events that were refused")
    listing = add_command(group, "list", _list, "count messages by reason and datasource", "dead-letter list")
    show = add_command(group, "show", _show, "show one message", "dead-letter show 059f36b4-... --rows")
    show.add_argument("message_id", metavar="MESSAGE_ID", help="the id that `dead-letter list --json` shows")
    show.add_argument(
        "--rows", action="store_true", help="also print the rows or the event, which hold what callers sent"
    )
    replay = add_command(
        group,
        "replay",
        _replay,
        "send messages for another attempt; each event still counts once",
        "dead-letter replay --all",
        "dead-letter replay --reason quarantined --datasource pageviews",
    )
    purge = add_command(
        group, "purge", _purge, "delete messages permanently", "dead-letter purge --id 059f36b4-... --yes"
    )
    add_yes(purge)
    for parser in (replay, purge):
        parser.add_argument("--all", action="store_true", help="every message")
    for parser in (listing, replay, purge):
        parser.add_argument("--reason", help="only those with this reason")
        parser.add_argument("--datasource", metavar="NAME", help="only those with rows for this datasource")
        parser.add_argument("--id", metavar="MESSAGE_ID", help="only this message")


def _list(target: Target, arguments: Namespace) -> Answer:
    groups = _groups(dead_letter_queue.find(target, _filters(arguments)))
    data = {"approximate": True, "groups": groups}
    return Answer(data, f"{table(groups, _COLUMNS)}\n\n{_APPROXIMATE}" if groups else "No dead letters.")


def _show(target: Target, arguments: Namespace) -> Answer:
    found = dead_letter_queue.find(target, Selection(message_id=arguments.message_id))
    if not found:
        raise ControlError(
            f'The dead-letter queue has no message "{arguments.message_id}"; '
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
    if not arguments.rows:
        return Answer(shown, fields(shown))
    contents = letter.rows or [letter.original]
    return Answer(shown | {"contents": contents}, "\n".join([fields(shown), "", *contents]))


def _replay(target: Target, arguments: Namespace) -> Answer:
    sent, left = dead_letter_queue.replay(target, _chosen(arguments))
    answer = _removed("replayed", sent)
    if not left:
        return answer
    reasons = Counter(reason for _, reason in left)
    lines = [f"left: {messages} messages. {reason}" for reason, messages in reasons.items()]
    return Answer(answer.data | {"left": dict(reasons)}, "\n".join([answer.text, *lines]), SOME_LEFT)


def _purge(target: Target, arguments: Namespace) -> Answer:
    selection = _chosen(arguments)
    require(arguments, "This deletes the only copy of these messages")
    return _removed("purged", dead_letter_queue.purge(target, selection))


def _removed(what: str, letters: Sequence[DeadLetter]) -> Answer:
    counts = {"messages": len(letters), "rows": sum(len(letter.rows) for letter in letters)}
    return Answer({what: counts}, f"{what}: {counts['messages']} messages, {counts['rows']} rows")


def _filters(arguments: Namespace) -> Selection:
    return Selection(arguments.reason, arguments.datasource, arguments.id)


def _chosen(arguments: Namespace) -> Selection:
    """Return the selection, and refuse an empty one: a forgotten option must not select every message."""
    selection = _filters(arguments)
    if arguments.all == (selection != Selection()):
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
