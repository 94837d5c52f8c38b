"""What waits for a decision is shown as it is, leaves the queue when it was sent on, and goes for good on demand."""

import json
from typing import Any

import pytest

from pixel.aws import queues as sqs
from pixel.ingest import spill
from pixelctl import target
from pixelctl.commands import dead_letter_queue
from tests.pixelctl.conftest import Outcome, Run
from tests.provisioned import Wire, fails, loses_answer
from tests.queues import Queues

_SECRET = "what a caller sent"


@pytest.fixture(autouse=True)
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letter_queue, "WAIT_SECONDS", 0)


@pytest.fixture
def queues(stack: Wire) -> Queues:
    """Fill the dead-letter queue with seven messages, at least one of each kind."""
    for number in range(3):
        spill.dead_letter("pageviews", [_row(f"p{number}")], "quarantined", kept_at=1_772_600_000 + number)
    spill.dead_letter("custom_goals", [_row("g1"), _row("g2")], "quarantined", kept_at=1_772_600_003)
    spill.dead_letter("pageviews", [_row("p3")], "status 403", kept_at=1_772_600_004)
    spill.dead_letter_unreadable(f"not ours: {_SECRET}", "unreadable: not JSON")
    queues = Queues()
    moved = json.dumps({"version": 1, "datasource": "pageviews", "kept_at": 1_772_600_005, "rows": [_row("p4")]})
    sqs.send(queues.dead_letter, [moved])
    return queues


def _row(event_id: str) -> str:
    return json.dumps({"event_id": event_id, "title": _SECRET})


def _counts(outcome: Outcome) -> dict[tuple[str, str], tuple[int, int]]:
    assert outcome.status == 0, outcome.err
    groups = outcome.json["groups"]
    return {(group["reason"], group["datasource"]): (group["messages"], group["rows"]) for group in groups}


_ALL = {
    ("quarantined", "pageviews"): (3, 3),
    ("quarantined", "custom_goals"): (1, 2),
    ("status 403", "pageviews"): (1, 1),
    ("unreadable: not JSON", "-"): (1, 0),
    ("received too often", "pageviews"): (1, 1),
}


def _spilled(queues: Queues) -> list[str]:
    return sorted(message["Body"] for message in queues.receive(queues.spill))


def test_list_counts_by_reason_and_datasource_and_removes_nothing(run: Run, queues: Queues) -> None:
    assert _counts(run("dead-letter", "list", "--json")) == _ALL
    assert _counts(run("dead-letter", "list", "--json")) == _ALL
    assert len(queues.receive(queues.dead_letter)) == 7


def test_list_reads_like_a_table(run: Run, queues: Queues) -> None:
    lines = run("dead-letter", "list").out.splitlines()

    assert lines[0].split()[:6] == ["REASON", "DATASOURCE", "MESSAGES", "ROWS", "OLDEST", "AGE"]
    assert lines[1].startswith("quarantined           pageviews            3     3  2026-03-04T04:53:20Z")
    assert lines[-1] == "Counts are approximate: messages that another consumer has received are not shown."


def test_list_can_be_narrowed(run: Run, queues: Queues) -> None:
    narrowed = run("dead-letter", "list", "--json", "--reason", "quarantined", "--datasource", "custom_goals")

    assert _counts(narrowed) == {("quarantined", "custom_goals"): (1, 2)}


def test_an_empty_queue_says_so(run: Run, stack: Wire) -> None:
    assert run("dead-letter", "list").out == "No dead letters.\n"
    assert run("dead-letter", "replay", "--all", "--json").json == {"replayed": {"messages": 0, "rows": 0}}


def _message_id(run: Run, reason: str, datasource: str) -> str:
    listed = run("dead-letter", "list", "--json", "--reason", reason, "--datasource", datasource)
    return str(listed.json["groups"][0]["message_ids"][0])


@pytest.mark.parametrize(("reason", "datasource"), _ALL)
def test_nothing_that_a_caller_sent_is_shown_unless_asked_for(
    reason: str, datasource: str, run: Run, queues: Queues
) -> None:
    message_id = _message_id(run, reason, datasource)

    shown = [
        run("dead-letter", "list"),
        run("dead-letter", "show", message_id),
        run("dead-letter", "show", message_id, "--rows"),
    ]

    assert [_SECRET in outcome.out for outcome in shown] == [False, False, True]


def test_show_names_the_events(run: Run, queues: Queues) -> None:
    message_id = _message_id(run, "quarantined", "custom_goals")

    assert run("dead-letter", "show", message_id, "--json").json == {
        "message_id": message_id,
        "reason": "quarantined",
        "datasource": "custom_goals",
        "rows": 2,
        "kept_at": "2026-03-04T04:53:23Z",
        "event_ids": ["g1", "g2"],
    }
    assert run("dead-letter", "show", message_id).json == run("dead-letter", "show", message_id, "--json").json
    contents = run("dead-letter", "show", message_id, "--rows").json["contents"]
    assert contents == [json.loads(_row("g1")), json.loads(_row("g2"))]


def test_several_messages_are_shown_as_an_object_each(run: Run, queues: Queues) -> None:
    ids = [_message_id(run, "quarantined", datasource) for datasource in ("custom_goals", "pageviews")]

    shown = run("dead-letter", "show", *ids)
    decoder, text = json.JSONDecoder(), shown.out
    first, end = decoder.raw_decode(text)

    assert [first["message_id"], json.loads(text[end:])["message_id"]] == ids
    assert [one["message_id"] for one in run("dead-letter", "show", *ids, "--json").json] == ids
    assert run("dead-letter", "show", ids[0], "nothing").status == 1


def test_show_of_nothing_says_where_ids_are(run: Run, queues: Queues) -> None:
    outcome = run("dead-letter", "show", "nothing")

    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith(
        'pixelctl: The dead-letter queue has no message "nothing"; `pixelctl dead-letter list'
    )


@pytest.mark.parametrize(
    ("options", "messages", "rows"),
    [
        (["--all"], 7, 7),
        (["--reason", "quarantined"], 4, 5),
        (["--datasource", "pageviews"], 5, 5),
        (["--reason", "quarantined", "--datasource", "pageviews"], 3, 3),
        (["--reason", "nothing"], 0, 0),
    ],
)
def test_replay_sends_what_was_chosen_to_the_spill_queue(
    options: list[str], messages: int, rows: int, run: Run, queues: Queues
) -> None:
    outcome = run("dead-letter", "replay", *options, "--json")

    assert outcome.json == {"replayed": {"messages": messages, "rows": rows}}
    assert len(queues.receive(queues.dead_letter)) == 7 - messages
    assert len(_spilled(queues)) == messages


def test_what_is_replayed_is_what_was_kept(run: Run, queues: Queues) -> None:
    assert run("dead-letter", "replay", "--all").out == "replayed: 7 messages, 7 rows\n"

    bodies = _spilled(queues)
    assert f"not ours: {_SECRET}" in bodies
    bodies.remove(f"not ours: {_SECRET}")
    kept = [spill.read(body) for body in bodies]
    assert {row for spilled in kept for row in spilled.rows} == {
        _row(event_id) for event_id in ("p0", "p1", "p2", "p3", "p4", "g1", "g2")
    }
    assert {spilled.kept_at for spilled in kept} == {1_772_600_000 + number for number in range(6)}


def test_one_message_can_be_replayed(run: Run, queues: Queues) -> None:
    message_id = _message_id(run, "status 403", "pageviews")

    assert run("dead-letter", "replay", "--id", message_id, "--json").json["replayed"]["messages"] == 1

    assert [spill.read(body).rows for body in _spilled(queues)] == [(_row("p3"),)]


@pytest.mark.parametrize(
    ("operation", "broken"),
    [
        ("SendMessage", fails("SendMessage")),
        ("SendMessage", loses_answer("SendMessage")),
        ("DeleteMessage", fails("DeleteMessage")),
    ],
)
def test_a_replay_that_fails_loses_nothing(operation: str, broken: Any, run: Run, queues: Queues, stack: Wire) -> None:
    stack.once(operation, broken)

    outcome = run("dead-letter", "replay", "--all")

    assert outcome.status == 1
    assert outcome.err.startswith("pixelctl: AWS refuses ")
    assert len(queues.receive(queues.dead_letter)) == 7


def test_a_replay_that_is_stopped_after_sending_has_the_message_in_both(run: Run, queues: Queues, stack: Wire) -> None:
    stack.once("DeleteMessage", _interrupt)

    outcome = run("dead-letter", "replay", "--all")

    assert outcome.status == 130
    assert len(_spilled(queues)) == 1
    assert len(queues.receive(queues.dead_letter)) == 7


def _interrupt(_perform: Any, _parameters: Any) -> Any:
    raise KeyboardInterrupt


def test_a_message_that_comes_back_during_a_replay_is_not_replayed_again(run: Run, stack: Wire, queues: Queues) -> None:
    # A hundred burials in one second would make Powertools print metrics into the command's output.
    burials = iter(range(20))

    def bury_again(perform: Any, parameters: Any) -> Any:
        if next(burials, None) is not None:
            spill.dead_letter("pageviews", [_row("again")], "quarantined")
        return perform(parameters)

    stack.always("SendMessage", bury_again)
    stack.always("ReceiveMessage", _earlier(2))

    assert run("dead-letter", "replay", "--all", "--json").json["replayed"]["messages"] == 0
    stack.always("ReceiveMessage", _earlier(0))
    assert run("dead-letter", "replay", "--all", "--json").json["replayed"]["messages"] >= 7


def _earlier(seconds: int) -> Any:
    """Return a reaction that sets the clock of SQS back at each answer, or not with 0 seconds."""

    def react(perform: Any, parameters: Any) -> Any:
        answer = perform(parameters)
        if seconds:
            answer["ResponseMetadata"]["HTTPHeaders"]["date"] = "Wed, 04 Mar 2026 04:53:20 GMT"
        return answer

    return react


@pytest.mark.parametrize("verb", ["replay", "purge"])
@pytest.mark.parametrize("options", [[], ["--all", "--reason", "quarantined"]])
def test_a_choice_must_be_made(verb: str, options: list[str], run: Run, queues: Queues) -> None:
    outcome = run("dead-letter", verb, *options)

    assert (outcome.status, outcome.out) == (1, "")
    assert (
        outcome.err
        == "pixelctl: No messages are selected; give --all, or one or more of --reason, --datasource and --id.\n"
    )
    assert len(queues.receive(queues.dead_letter)) == 7


def test_purge_must_be_confirmed(run: Run, queues: Queues) -> None:
    outcome = run("dead-letter", "purge", "--all")

    assert outcome.status == 1
    assert outcome.err.endswith("add --yes to confirm.\n")
    assert len(queues.receive(queues.dead_letter)) == 7


def test_purge_deletes_what_was_chosen(run: Run, queues: Queues) -> None:
    assert run("dead-letter", "purge", "--reason", "quarantined", "--yes").out == "purged: 4 messages, 5 rows\n"

    assert len(queues.receive(queues.dead_letter)) == 3
    assert _spilled(queues) == []


def test_a_stack_without_the_queue_is_told_so(run: Run, stack: Wire) -> None:
    stack.always("ReceiveMessage", fails("ReceiveMessage", "AWS.SimpleQueueService.NonExistentQueue"))

    outcome = run("dead-letter", "list")

    assert outcome.status == 1
    assert outcome.err == "pixelctl: ReceiveMessage finds no queue; deploy the stack again, or restart the local one.\n"


@pytest.fixture
def events(stack: Wire) -> Queues:
    """Put an event that was refused and one that SQS moved into the queue."""
    queues = Queues()
    error = {"code": "website_not_found", "message": "There is no such website.", "details": None}
    refused = {"origin": "sqs#1", "at_ms": 1_772_600_000_000, "event": f'{{"title": "{_SECRET}"}}'}
    sqs.send(queues.dead_letter, [json.dumps({**refused, "reason": "website_not_found", "error": error})])
    sqs.send(queues.dead_letter, ['{"name": "pageview"}'])
    return queues


def test_refused_events_are_listed_by_the_code_of_their_error(run: Run, events: Queues) -> None:
    assert _counts(run("dead-letter", "list", "--json")) == {
        ("website_not_found", "-"): (1, 0),
        ("received too often", "-"): (1, 0),
    }


def test_a_refused_event_is_shown_with_its_error_and_on_demand_itself(run: Run, events: Queues) -> None:
    message_id = _message_id(run, "website_not_found", "-")

    assert run("dead-letter", "show", message_id, "--json").json["error"]["message"] == "There is no such website."
    assert _SECRET not in run("dead-letter", "show", message_id).out
    assert _SECRET in run("dead-letter", "show", message_id, "--rows").out


def test_events_are_replayed_to_the_ingest_queue_as_the_same_deliveries(run: Run, events: Queues) -> None:
    moved = _message_id(run, "received too often", "-")

    assert run("dead-letter", "replay", "--all", "--json").json == {"replayed": {"messages": 2, "rows": 0}}

    bodies = [json.loads(message["Body"]) for message in events.receive(events.ingest)]
    origins = {body["origin"]: body["event"] for body in bodies}
    assert origins == {"sqs#1": f'{{"title": "{_SECRET}"}}', f"sqs#{moved}": '{"name": "pageview"}'}
    assert _spilled(events) == []


def test_a_stack_without_an_ingest_queue_says_what_to_do(
    run: Run, events: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = target._stack_resources

    def without_ingest_queue(*given: Any) -> dict[str, str]:
        return {name: physical for name, physical in found(*given).items() if name != "IngestQueue"}

    monkeypatch.setattr(target, "_stack_resources", without_ingest_queue)

    spill.dead_letter("pageviews", [_row("p1")], "quarantined")

    outcome = run("dead-letter", "replay", "--all")

    assert outcome.status == 3
    assert "replayed: 1 messages, 1 rows" in outcome.out
    assert (
        "left: 2 messages. The stack has no ingest queue, which replayed events need; deploy it with EnableQueue=true"
        in outcome.out
    )
    assert len(events.receive(events.dead_letter)) == 2


def test_a_letter_that_no_queue_takes_stays_and_holds_up_no_other(run: Run, events: Queues, stack: Wire) -> None:
    stack.once("SendMessage", fails("SendMessage", "InvalidMessageContents"))

    outcome = run("dead-letter", "replay", "--all", "--json")

    assert outcome.json["replayed"] == {"messages": 1, "rows": 0}
    assert len(events.receive(events.dead_letter)) == 1
    assert list(outcome.json["left"].values()) == [1]
    assert outcome.status == 3
