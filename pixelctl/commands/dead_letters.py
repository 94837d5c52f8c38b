"""pixelctl dead-letter: the messages that wait for a decision, and the decision."""

from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pixel.foundation.clock import now, to_iso
from pixelctl.commands.parsers import add_command, add_group
from pixelctl.events import dead_letters
from pixelctl.events.dead_letters import DeadLetter, Selection
from pixelctl.failures import ControlError
from pixelctl.output import Answer, fields, table
from pixelctl.target import Target

if TYPE_CHECKING:
    from pixelctl.commands.parsers import Subparsers

SOME_LEFT = 3
_COLUMNS = ("reason", "datasource", "messages", "rows", "oldest", "age", "oldest_message_id")
_APPROXIMATE = "Counts are approximate: SQS shows what nobody else has in hand just now."


def add_dead_letter_commands(groups: "Subparsers") -> None:
    group = add_group(groups, "dead-letter", "rows that are not in Tinybird, and events that were refused")
    listing = add_command(group, "list", _list, "count messages by reason and datasource", "dead-letter list")
    show = add_command(group, "show", _show, "show one message", "dead-letter show 059f36b4-... --rows")
    show.add_argument("message_id", metavar="MESSAGE_ID", help="as `dead-letter list --json` shows it")
    show.add_argument(
        "--rows", action="store_true", help="print the rows or the event too: they hold what callers sent"
    )
    replay = add_command(
        group,
        "replay",
        _replay,
        "send messages to be tried again; their events count once however often",
        "dead-letter replay --all",
        "dead-letter replay --reason quarantined --datasource pageviews",
    )
    purge = add_command(group, "purge", _purge, "delete messages for good", "dead-letter purge --id 059f36b4-... --yes")
    purge.add_argument("--yes", action="store_true", help="that is meant")
    for parser in (replay, purge):
        parser.add_argument("--all", action="store_true", help="every message")
    for parser in (listing, replay, purge):
        parser.add_argument("--reason", help="only those with this reason")
        parser.add_argument("--datasource", metavar="NAME", help="only those with rows for this datasource")
        parser.add_argument("--id", metavar="MESSAGE_ID", help="only this message")


def _list(target: Target, arguments: Namespace) -> Answer:
    groups = _groups(dead_letters.find(target, _filters(arguments)))
    data = {"approximate": True, "groups": groups}
    return Answer(data, f"{table(groups, _COLUMNS)}\n\n{_APPROXIMATE}" if groups else "No dead letters.")


def _show(target: Target, arguments: Namespace) -> Answer:
    found = dead_letters.find(target, Selection(message_id=arguments.message_id))
    if not found:
        raise ControlError(
            f'There is no message "{arguments.message_id}" to receive; `pixelctl dead-letter list --json` shows ids, '
            "and one that another command has in hand comes back within a minute."
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
    sent, left = dead_letters.replay(target, _chosen(arguments))
    answer = _removed("replayed", sent)
    if not left:
        return answer
    reasons = Counter(reason for _, reason in left)
    lines = [f"left: {messages} messages. {reason}" for reason, messages in reasons.items()]
    return Answer(answer.data | {"left": dict(reasons)}, "\n".join([answer.text, *lines]), SOME_LEFT)


def _purge(target: Target, arguments: Namespace) -> Answer:
    selection = _chosen(arguments)
    if not arguments.yes:
        raise ControlError("purge deletes what is nowhere else; if that is meant, add --yes.")
    return _removed("purged", dead_letters.purge(target, selection))


def _removed(what: str, letters: Sequence[DeadLetter]) -> Answer:
    counts = {"messages": len(letters), "rows": sum(len(letter.rows) for letter in letters)}
    return Answer({what: counts}, f"{what}: {counts['messages']} messages, {counts['rows']} rows")


def _filters(arguments: Namespace) -> Selection:
    return Selection(arguments.reason, arguments.datasource, arguments.id)


def _chosen(arguments: Namespace) -> Selection:
    """Return which messages are meant. A forgotten option must not mean everything."""
    selection = _filters(arguments)
    if arguments.all == (selection != Selection()):
        raise ControlError("Say which messages: --all, or some of --reason, --datasource and --id.")
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
