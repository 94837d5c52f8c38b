"""pixelctl website, goal, alert, report and share-link: a record's life, as an operator sees it and as it is stored."""

import re

import pytest

from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.errors import with_article
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.provisioning import NewWorkspace, create_workspace
from pixel.workspaces.store import function_store
from pixel.workspaces.website_kind import WEBSITE
from pixel.workspaces.workspace import Workspace
from pixelctl.target import Target
from tests.conftest import Frozen
from tests.pixelctl.conftest import Outcome, Run
from tests.pixelctl.records_given import Given, each_kind
from tests.provisioned import Wire
from tests.unit.workspaces.records_given import new_goal, new_website, stored_items

_CREATED = "2026-03-04T05:06:10Z"
_FOLLOWS: dict[str, dict[str, object]] = {
    GOAL.noun: {"kind": "url"},
    ALERT.noun: {"for": 2, "undeliverable": "no_recipients"},
}
"""What changes along with what is given."""


@pytest.fixture
def website_id(target: Target, workspace: Workspace, frozen: Frozen) -> str:
    return new_website(target.store, workspace)


def _create(run: Run, given: Given, workspace: Workspace, website_id: str) -> Outcome:
    own = () if given.kind is WEBSITE else ("--website", website_id)
    return run(given.command, "create", workspace.workspace_id, *own, *given.options, "--json")


def _listed_by_api(given: Given, workspace: Workspace) -> list[str]:
    return [str(item["id"]) for item in function_store().list_live(given.kind, workspace.workspace_id)]


@each_kind
def test_create_stores_and_shows_a_record(run: Run, given: Given, workspace: Workspace, website_id: str) -> None:
    outcome = _create(run, given, workspace, website_id)

    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.json.keys() - {"token", "url"} == given.shown
    assert re.fullmatch(rf"{given.kind.id_prefix}_[0-9a-z]{{20}}", outcome.json["id"])
    assert outcome.json.items() >= given.stored.items()
    [item] = [item for item in stored_items(given.kind) if item["id"] == outcome.json["id"]]
    hangs_on = "id" if given.kind is WEBSITE else "website_id"
    assert item[hangs_on] == (item["id"] if given.kind is WEBSITE else website_id)
    assert item.items() >= {**given.stored, "created_at": _CREATED}.items()
    assert item["item"] == f"{given.kind.sort_key_prefix}{item['id']}"
    assert "deleted_at" not in item
    assert item["id"] in _listed_by_api(given, workspace)


@each_kind
def test_show_and_list_show_what_was_made(run: Run, given: Given, workspace: Workspace, website_id: str) -> None:
    made = _create(run, given, workspace, website_id).json
    made = {name: value for name, value in made.items() if name not in {"token", "url"}}

    shown = run(given.command, "show", workspace.workspace_id, made["id"], "--json").json
    listed = run(given.command, "list", workspace.workspace_id, "--json").json
    text = run(given.command, "list", workspace.workspace_id).out

    assert shown == made
    assert {name: made[name] for name in given.listed} in listed
    assert text.split()[: len(given.listed)] == [name.upper() for name in given.listed]
    assert made["id"] in text


@each_kind
def test_update_changes_what_is_given_and_nothing_else(
    run: Run, given: Given, workspace: Workspace, website_id: str, frozen: Frozen
) -> None:
    made = _create(run, given, workspace, website_id).json
    [before] = [item for item in stored_items(given.kind) if item["id"] == made["id"]]
    frozen.move(3600)

    outcome = run(given.command, "update", workspace.workspace_id, made["id"], *given.change, "--json")

    assert outcome.status == 0
    changed = {**given.changed, "revision": 2, "updated_at": "2026-03-04T06:06:10Z"}
    derived = _FOLLOWS.get(given.kind.noun, {})
    made = {name: value for name, value in made.items() if name not in {"token", "url"}}
    assert outcome.json == made | changed | derived
    [after] = [item for item in stored_items(given.kind) if item["id"] == made["id"]]
    assert after == {**before, **changed}


@each_kind
def test_delete_marks_a_record_which_is_then_seen_nowhere(
    run: Run, given: Given, workspace: Workspace, website_id: str, frozen: Frozen
) -> None:
    record_id = _create(run, given, workspace, website_id).json["id"]
    frozen.move(60)

    outcome = run(given.command, "delete", workspace.workspace_id, record_id, "--json")

    assert (outcome.json["changed"], outcome.json["deleted_at"]) == (True, "2026-03-04T05:07:10Z")
    [item] = [item for item in stored_items(given.kind) if item["id"] == record_id]
    assert item["deleted_at"] == "2026-03-04T05:07:10Z"
    assert record_id not in run(given.command, "list", workspace.workspace_id).out
    assert record_id not in _listed_by_api(given, workspace)
    for verb, options in (("show", ()), ("update", given.change)):
        again = run(given.command, verb, workspace.workspace_id, record_id, *options)
        assert (again.status, again.out) == (1, "")
        assert f'The {given.kind.noun} "{record_id}" was deleted at 2026-03-04T05:07:10Z; ' in again.err


@each_kind
def test_delete_again_changes_nothing(
    run: Run, given: Given, workspace: Workspace, website_id: str, frozen: Frozen
) -> None:
    record_id = _create(run, given, workspace, website_id).json["id"]
    first_time = run(given.command, "delete", workspace.workspace_id, record_id, "--json").json
    frozen.move(60)

    second_time = run(given.command, "delete", workspace.workspace_id, record_id, "--json")

    assert second_time.status == 0
    assert second_time.json == first_time | {"changed": False}
    text = run(given.command, "delete", workspace.workspace_id, record_id).out
    assert text == f"{record_id} was deleted already, at {_CREATED}.\n"


@each_kind
def test_an_unknown_record_is_said_in_one_line(run: Run, given: Given, workspace: Workspace) -> None:
    kind, workspace_id = given.kind, workspace.workspace_id
    for verb, options in (("show", ()), ("update", given.change), ("delete", ())):
        assert run(given.command, verb, workspace_id, f"{kind.id_prefix}_none", *options) == (
            1,
            "",
            (
                f'pixelctl: There is no {kind.noun} "{kind.id_prefix}_none" in {workspace_id}; '
                f"`pixelctl {given.command} list {workspace_id}` lists the existing ones.\n"
            ),
        )


@each_kind
def test_a_record_of_another_workspace_is_unknown(
    run: Run, target: Target, given: Given, workspace: Workspace, website_id: str
) -> None:
    record_id = _create(run, given, workspace, website_id).json["id"]
    other = create_workspace(target.store, target.usage_plans, NewWorkspace(name="Other")).workspace_id
    before = stored_items()

    assert run(given.command, "list", other, "--json").json == []
    for verb, options in (("show", ()), ("update", given.change), ("delete", ())):
        assert f"There is no {given.kind.noun} " in run(given.command, verb, other, record_id, *options).err
    assert sorted(map(str, stored_items())) == sorted(map(str, before))


@each_kind
def test_an_unknown_workspace_is_an_error(run: Run, given: Given) -> None:
    kind = given.kind
    own = () if kind is WEBSITE else ("--website", "admx_1")
    for words in (
        ["create", "ws_none", *own, *given.options],
        ["list", "ws_none"],
        ["show", "ws_none", f"{kind.id_prefix}_1"],
        ["update", "ws_none", f"{kind.id_prefix}_1", *given.change],
        ["delete", "ws_none", f"{kind.id_prefix}_1"],
    ):
        outcome = run(given.command, *words)
        assert (outcome.status, outcome.out) == (1, "")
        assert 'There is no workspace "ws_none"' in outcome.err
    assert stored_items() == []


@each_kind
def test_something_else_than_an_id_is_not_repeated(run: Run, given: Given, workspace: Workspace) -> None:
    for wrong in ("ws_1", "a/b", f"{given.kind.id_prefix}_{'x' * 43}", ""):
        outcome = run(given.command, "show", workspace.workspace_id, wrong)

        assert outcome.status == 1
        assert f"Identify {with_article(given.kind.noun)} by its id ({given.kind.id_prefix}_...)" in outcome.err
        assert not wrong or wrong not in outcome.err


@each_kind
def test_wrong_usage_is_2_before_anything_is_asked(run: Run, stack: Wire, given: Given) -> None:
    command = given.command
    own = [] if given.kind is WEBSITE else ["--website", "admx_1"]
    flag = given.change[0]
    for words in (
        [command, "create"],
        [command, "create", "ws_1", *own, *given.options, flag, ""],
        [command, "update", "ws_1"],
        [command, "update", "ws_1", "x_1"],
        [command, "update", "ws_1", "x_1", flag, ""],
        [command, "show", "ws_1"],
        [command, "list", "ws_1", "--limit", "5"],
    ):
        outcome = run(*words)
        assert (outcome.status, outcome.out) == (2, ""), words
    assert stack.calls == []


def test_an_alert_is_not_a_alert(run: Run) -> None:
    assert "Create an alert." in run("alert", "create", "--help").out
    assert "Create a goal." in run("goal", "create", "--help").out


@each_kind
def test_an_update_of_nothing_says_what_could_change(run: Run, given: Given) -> None:
    err = run(given.command, "update", "ws_1", "x_1").err

    assert "nothing to change; give one or more of " in err
    assert all(flag in err.splitlines()[0] for flag in given.options[::2])


def test_a_change_that_contradicts_what_is_stored_is_refused(run: Run, workspace: Workspace, website_id: str) -> None:
    ws = workspace.workspace_id
    alert = run(
        *("alert", "create", ws, "--website", website_id, "--metric", "visitors"),
        *("--threshold", "100", "--channel", "email", "--json"),
    ).json
    report = run(
        *("report", "create", ws, "--website", website_id, "--cadence", "daily"),
        *("--channel", "email", "--recipients", "ann@example.com", "--json"),
    ).json

    bounce = run("alert", "update", ws, alert["id"], "--metric", "bounce_rate")
    slack = run("report", "update", ws, report["id"], "--channel", "slack")

    assert (bounce.status, slack.status) == (2, 2)
    assert "--threshold must be a fraction" in bounce.err
    assert "--recipients, number 1, must be a Slack channel: #" in slack.err
    assert run("alert", "show", ws, alert["id"], "--json").json == alert
    assert run("report", "show", ws, report["id"], "--json").json == report


def test_a_list_of_alerts_warns_of_those_that_nobody_is_told_of(
    run: Run, workspace: Workspace, website_id: str
) -> None:
    ws = workspace.workspace_id
    line = ("alert", "create", ws, "--website", website_id, "--metric", "visitors", "--threshold", "1", "--json")
    untold = run(*line, "--channel", "email").json["id"]
    told = [
        run(*line, "--channel", "email", "--recipients", "ann@example.com").json["id"],
        run(*line, "--channel", "webhook").json["id"],
    ]

    out = run("alert", "list", ws).out
    rows = run("alert", "list", ws, "--website", website_id, "--json").json

    assert f"Nobody is told of {untold}. Say whom to tell: " in out
    assert f"alert update {ws} {untold} --recipients ..." in out
    assert {row["id"] for row in rows} == {untold, *told}
    assert all(set(row) == {*ALERT.response_attributes.values()} for row in rows)
    run("alert", "update", ws, untold, "--recipients", "ann@example.com")
    assert "Nobody" not in run("alert", "list", ws).out


def test_list_of_one_website(run: Run, target: Target, workspace: Workspace, website_id: str) -> None:
    other = new_website(target.store, workspace, "other.example.com")
    goals = [new_goal(target.store, workspace, site) for site in (website_id, other)]

    rows = run("goal", "list", workspace.workspace_id, "--website", other, "--json").json

    assert [row["id"] for row in rows] == goals[1:]
    assert len(run("goal", "list", workspace.workspace_id, "--json").json) == 2
    assert run("goal", "list", workspace.workspace_id, "--website", "admx_none").status == 1


def test_list_is_oldest_first_whatever_the_pages(
    run: Run, target: Target, stack: Wire, *, workspace: Workspace, website_id: str, frozen: Frozen
) -> None:
    made = []
    for number in range(3):
        made.append(new_goal(target.store, workspace, website_id, f"Goal {number}"))
        frozen.move(1)
    stack.always("Query", lambda perform, parameters: perform(parameters | {"Limit": 1}))

    assert [row["id"] for row in run("goal", "list", workspace.workspace_id, "--json").json] == made


def test_list_of_nothing_says_how_to_create_one(run: Run, workspace: Workspace) -> None:
    out = run("share-link", "list", workspace.workspace_id).out

    assert out.startswith("No share links yet; create one with: pixelctl share-link create --help")


@pytest.mark.parametrize("website", ["admx_none", "goal_1", "ws_1"])
def test_nothing_can_be_hung_on_a_website_that_is_not_there(run: Run, workspace: Workspace, website: str) -> None:
    outcome = run("goal", "create", workspace.workspace_id, "--website", website, "--name", "x", "--selector", "#x")

    assert (outcome.status, outcome.out) == (1, "")
    assert "website" in outcome.err
    assert stored_items(GOAL) == []
