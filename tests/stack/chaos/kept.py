"""What a workspace has in the end: its rows, its reports, its dead letters and the rejected rows of its files."""

import json
from collections.abc import Iterator
from typing import Any

from pixelctl.commands import dead_letter_queue
from pixelctl.commands.dead_letter_queue import DeadLetter, Selection
from tests.stack.chaos.failing_stack import DEAD_LETTERS
from tests.stack.chaos.ledger import CONFLICT, Ledger
from tests.stack.chaos.producers import canonical
from tests.stack.chaos.surroundings import Surroundings, Workspace

_SHOWN = 5
_ROWS = "SELECT DISTINCT title, website_id, event_id, timestamp{} FROM {} WHERE workspace_id = '{}'"
_OF_PAYMENTS = ", transaction_id, toInt64(round(if(refund, -amount, amount) * 100)) AS cents"


def is_complete(surroundings: Surroundings) -> bool:
    """Return whether there are as many events and dead letters as there must be. The stream does not tell."""
    ledgers = [workspace.ledger for workspace in surroundings.workspaces]
    for table in ledgers[0].titles:
        expected = sum(len(ledger.titles[table]) for ledger in ledgers)
        [counted] = surroundings.failing.warehouse.sql(f"SELECT uniqExact(title) AS titles FROM {table}")
        if int(counted["titles"]) < expected:
            return False
    return surroundings.failing.waiting(DEAD_LETTERS) >= sum(len(ledger.refused_events) for ledger in ledgers)


def faults_of_rows(surroundings: Surroundings, workspace: Workspace) -> Iterator[str]:
    """Compare the stored rows with what was sent: none is lost, made up, foreign, or there under two keys."""
    ledger = workspace.ledger
    for table, titles in ledger.titles.items():
        columns = _OF_PAYMENTS if table == "visitor_payments" else ""
        rows = surroundings.failing.warehouse.sql(_ROWS.format(columns, table, workspace.id))
        stored: dict[str, dict[str, Any]] = {}
        ids: dict[str, str] = {}
        for row in rows:
            if (other := stored.setdefault(row["title"], row)) != row:
                yield f"{ledger.name} {table}: doubled, {other} and {row}"
            if row["website_id"] != ledger.website_id:
                yield f"{ledger.name} {table}: foreign, {row}"
            if ids.setdefault(row["event_id"], row["title"]) != row["title"]:
                yield f"{ledger.name} {table}: {row['event_id']} is two events, one is {row}"
            if "cents" in row and ledger.cents.get(row["title"]) != int(row["cents"]):
                yield f"{ledger.name} {table}: another amount, {row}"
        yield from _compared(f"{ledger.name} {table}", stored.keys(), titles)


def faults_of_reports(surroundings: Surroundings, workspace: Workspace) -> Iterator[str]:
    """Compare what the pipes count with what was sent."""
    ledger, money = workspace.ledger, workspace.ledger.cents.values()
    series = _ask(surroundings, workspace, "p_metric_series", metric="pageviews")
    goals = _ask(surroundings, workspace, "p_goal_conversions")
    revenue = _ask(surroundings, workspace, "p_attributed_revenue", before="touches")
    counted = {
        "pageviews": sum(row["value"] for row in series),
        "conversions": sum(row["conversions"] for row in goals),
        "payments": sum(row["payments"] for row in revenue),
        "cents": round(100 * sum(row["revenue"] for row in revenue), 2),
    }
    sent = {
        "pageviews": len(ledger.titles["pageviews"]),
        "conversions": len(ledger.titles["custom_goals"]),
        "payments": sum(cents > 0 for cents in money),
        "cents": sum(money),
    }
    if counted != sent:
        yield f"{ledger.name}: {counted} counted, {sent} sent"


def faults_of_dead_letters(surroundings: Surroundings, ledgers: list[Ledger]) -> Iterator[str]:
    """Compare the dead letters with the wrong events of the sources."""
    letters = dead_letter_queue.find(surroundings.workspaces[0].tenant.target, Selection())
    found = {_event_of(letter) if letter.is_event else f"{letter.reason}: {letter.original}" for letter in letters}
    yield from _compared("dead letters", found, set().union(*(ledger.refused_events for ledger in ledgers)))
    yield from (f"dead letter: {letter.reason}" for letter in letters if letter.reason != CONFLICT)


def faults_of_files(surroundings: Surroundings, ledgers: list[Ledger]) -> Iterator[str]:
    """Compare the rejected rows with the wrong events in files."""
    rejects = [json.loads(line) for text in surroundings.read_files("rejected/") for line in text.splitlines()]
    rows = {reject["row"] for reject in rejects}
    yield from _compared("rejected rows", rows, set().union(*(ledger.refused_rows for ledger in ledgers)))
    yield from (f"rejected row: {one}" for one in rejects if one["error"]["code"] != CONFLICT)

    summaries = [json.loads(text) for text in surroundings.read_files("summaries/")]
    yield from (
        f"file ended early: {one}" for one in summaries if not one["complete"] and "replaced" not in one["reason"]
    )


def _compared(what: str, found: Any, expected: set[str]) -> Iterator[str]:
    for name, ones in (("lost", expected - found), ("made up", found - expected)):
        if ones:
            yield f"{what}: {len(ones)} {name}, such as {sorted(ones)[:_SHOWN]}"


def _event_of(letter: DeadLetter) -> str:
    """Return the event of a dead letter as it was sent, without the envelopes around it."""
    content = json.loads(json.loads(letter.original)["event"])
    if "detail" in content:
        content = content["detail"]
    return canonical(content)


def _ask(surroundings: Surroundings, workspace: Workspace, pipe: str, **query: str) -> list[dict[str, Any]]:
    answer = surroundings.failing.warehouse.pipe(pipe, workspace_id=workspace.id, **query)
    assert answer.status == 200, answer.body
    rows: list[dict[str, Any]] = answer.json["data"]
    return rows
