"""pixelctl destination: an address that nobody sees, a secret that is shown once, and the log of deliveries."""

import io
import json
import sys

import pytest

from pixel.aws.conditions import PRESENT
from pixel.workspaces.destination_kind import DESTINATION
from pixel.workspaces.workspace import Workspace
from pixelctl.target import Target
from tests.pixelctl.conftest import Outcome, Run
from tests.unit.workspaces.records_given import stored_items

_URL = "https://hooks.example.com/very-secret-path"


@pytest.fixture(autouse=True)
def public_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pixel.hooks.addresses._looked_up", lambda _place: ["93.184.215.14"])


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{_URL}\n"))


@pytest.fixture
def made(run: Run, workspace: Workspace, typed: None) -> Outcome:
    return run(
        "destination",
        "create",
        workspace.workspace_id,
        "--kind",
        "webhook",
        "--name",
        "Warehouse",
        "--url-stdin",
        "--json",
    )


def test_create_shows_the_secret_once_and_never_the_address(
    run: Run, target: Target, workspace: Workspace, made: Outcome
) -> None:
    assert made.json["secret"].startswith("whsec_")
    assert made.json["url_host"] == "hooks.example.com"
    (kept,) = target.store.database.scan(target.store.secrets_table, {"url": PRESENT})
    assert (kept["url"], kept["secret"]) == (_URL, made.json["secret"])
    (item,) = stored_items(DESTINATION)
    assert "very-secret-path" not in json.dumps(item, default=str)
    for words in (["list"], ["show", made.json["id"]]):
        shown = run("destination", words[0], workspace.workspace_id, *words[1:])
        assert made.json["id"] in shown.out
        assert not {"very-secret-path", made.json["secret"]} & set(shown.out.split())


def test_as_text_the_secret_stands_first(run: Run, workspace: Workspace, typed: None) -> None:
    shown = run("destination", "create", workspace.workspace_id, "--kind", "webhook", "--name", "A", "--url-stdin")
    first, _, rest = shown.out.partition("\n")
    assert first.startswith("whsec_")
    assert "Keep this now: it is not shown again.\n" in rest


def test_update_changes_what_is_given(run: Run, target: Target, workspace: Workspace, made: Outcome) -> None:
    words = ["destination", "update", workspace.workspace_id, made.json["id"]]
    changed = run(*words, "--events", "ping,key.created", "--enabled", "false", "--json").json
    assert (changed["events"], changed["enabled"], changed["revision"]) == (["ping", "key.created"], False, 2)
    assert run(*words, "--events", "all", "--json").json["events"] is None
    for wrong in (["--enabled", "maybe"], ["--events", "nothing"], []):
        outcome = run(*words, *wrong)
        assert outcome.status == 2
    assert run("destination", "delete", workspace.workspace_id, made.json["id"]).status == 0
    assert target.store.database.scan(target.store.secrets_table, {"url": PRESENT}) == []


def test_an_address_is_not_taken_from_an_argument_and_must_be_given(run: Run, workspace: Workspace) -> None:
    words = ["destination", "create", workspace.workspace_id, "--kind", "webhook", "--name", "A"]
    missing = run(*words)
    assert missing.status == 2
    assert "--ask-url or --url-stdin" in missing.err
    assert run(*words, "--url", _URL).status == 2
    assert run(*words, "--ask-url", "--url-stdin").status == 2


def test_an_address_that_may_not_be_called_says_why(
    run: Run, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("https://127.0.0.1/\n"))
    words = ["destination", "create", workspace.workspace_id, "--kind", "webhook", "--name", "A", "--url-stdin"]
    outcome = run(*words)
    assert outcome.status == 1
    assert "must be a public domain name" in outcome.err
    assert "127.0.0.1" not in outcome.err


def test_rotate_shows_another_secret(run: Run, target: Target, workspace: Workspace, made: Outcome) -> None:
    words = ["destination", "rotate", workspace.workspace_id, made.json["id"]]
    rotated = run(*words, "--grace", "1h", "--json").json
    (kept,) = target.store.database.scan(target.store.secrets_table, {"url": PRESENT})
    assert (kept["secret"], kept["previous_secret"]) == (rotated["secret"], made.json["secret"])
    assert run(*words).out.startswith("whsec_")
    assert run(*words, "--grace", "8d").status == 2


def test_a_test_message_is_in_the_log_and_sent_again(run: Run, workspace: Workspace, made: Outcome) -> None:
    ws = workspace.workspace_id
    assert run("destination", "deliveries", ws).out.strip() == "No deliveries yet."
    delivery = run("destination", "test", ws, made.json["id"], "--json").json["delivery_id"]
    (row,) = run("destination", "deliveries", ws, "--state", "pending", "--json").json
    assert (row["id"], row["type"], row["destination_id"]) == (delivery, "ping", made.json["id"])
    assert delivery in run("destination", "deliveries", ws, "--destination", made.json["id"]).out
    assert run("destination", "deliveries", ws, "--message", "msg_none", "--json").json == []
    assert run("destination", "redeliver", ws, delivery).out.strip() == f"{delivery} is due again."
    assert run("destination", "redeliver", ws, "dlv_none").status == 1
