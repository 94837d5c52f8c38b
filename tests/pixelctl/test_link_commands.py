"""pixelctl link, domain and clicks: short links follow the rules of the layer, and clicks in the log are sent on."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pixel.redirects import signing
from pixel.redirects.recording import NOT_QUEUED
from pixel.workspaces.workspace import Workspace
from pixelctl.commands import clicks
from pixelctl.target import Target
from tests.pixelctl.conftest import Outcome, Run
from tests.provisioned import Wire

_URL = "https://go.example.com"


@pytest.fixture(autouse=True)
def with_links(stack: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the stack the output of its nested stack."""

    def describe(perform: Any, parameters: Mapping[str, Any]) -> Any:
        answer = perform(parameters)
        answer["Stacks"][0].setdefault("Outputs", []).append({"OutputKey": "LinksUrl", "OutputValue": f"{_URL}/"})
        return answer

    stack.always("DescribeStacks", describe)


@pytest.fixture
def link(run: Run, workspace: Workspace) -> Any:
    """Run a command of a link in the workspace."""

    def run_link(verb: str, *words: str) -> Outcome:
        return run("link", verb, workspace.workspace_id, *words, "--json")

    return run_link


def test_a_link_is_created_shown_changed_listed_and_deleted(link: Any) -> None:
    created = link("create", "--to", "https://example.com/a", "--code", "sale", "--tags", "a,b", "--utm-source", "mail")
    assert created.status == 0, created.err
    link_id = created.json["id"]

    changed = link("update", link_id, "--title", "Sale", "--utm-source", "none", "--clicks-limit", "5")
    shown = link("show", link_id).json
    listed = link("list").json
    deleted, again = link("delete", link_id), link("delete", link_id)

    assert created.json["short_url"] == f"{_URL}/sale"
    assert (created.json["tags"], created.json["utm_source"]) == (["a", "b"], "mail")
    assert changed.json == shown
    assert (shown["title"], shown["clicks_limit"], "utm_source" in shown) == ("Sale", 5, False)
    assert [entry["short_url"] for entry in listed] == [f"{_URL}/sale"]
    assert (deleted.json["changed"], again.json["changed"]) == (True, False)
    assert link("show", link_id).status == 1
    assert link("list").json == []


def test_what_the_rules_refuse_is_named_by_its_option(link: Any, run: Run, workspace: Workspace) -> None:
    wrong = run(
        *("link", "create", workspace.workspace_id, "--to", "javascript:alert(1)", "--code", "api/x"),
        *("--clicks-limit", "many", "--enabled", "perhaps"),
    )

    assert wrong.status == 2
    assert [
        line
        for line in ("--to must", "--code is reserved", "--clicks-limit must", "--enabled must")
        if line not in wrong.err
    ] == []
    assert "alert" not in wrong.err
    assert link("update", f"link_{'0' * 20}").status == 2
    assert "loop" not in link("create", "--to", f"{_URL}/x").out
    assert link("create", "--to", f"{_URL}/x").status == 2


def test_a_code_that_is_taken_is_said_to_be(link: Any) -> None:
    link("create", "--to", "https://example.com/", "--code", "sale")

    again = link("create", "--to", "https://example.com/", "--code", "SALE")

    assert again.status == 1
    assert "taken" in again.err


def test_a_password_is_read_and_never_shown(link: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pixelctl.commands.passwords.read_stdin", lambda: "open sesame")

    created = link("create", "--to", "https://example.com/", "--password-stdin")
    removed = link("update", created.json["id"], "--no-password")

    assert created.json["password_protected"] is True
    assert "sesame" not in created.out
    assert "scrypt" not in created.out
    assert "password_protected" not in removed.json


def test_links_are_deleted_with_their_workspace(link: Any, run: Run, target: Target, workspace: Workspace) -> None:
    for code in ("sale", "more"):
        link("create", "--to", "https://example.com/", "--code", code)

    deleted = run("workspace", "delete", workspace.workspace_id, "--yes", "--json")

    assert deleted.json["deleted_with_it"]["links"] == 2
    assert target.links.list_live(workspace.workspace_id) == []


def test_a_ban_is_set_and_lifted(link: Any) -> None:
    link_id = link("create", "--to", "https://example.com/").json["id"]

    assert "banned_at" in link("ban", link_id).json
    assert "banned_at" not in link("ban", link_id, "--lift").json


def test_the_domain_is_shown_and_changed(run: Run) -> None:
    changed = run("domain", "update", "--root-url", "https://example.com", "--json").json
    cleared = run("domain", "update", "--root-url", "none", "--json").json

    unset = ("not_found_url", "expired_url", "report_address", "apple_app_site_association", "asset_links")
    assert changed == {"url": _URL, "root_url": "https://example.com/", **dict.fromkeys(unset)}
    assert cleared == run("domain", "show", "--json").json == {**changed, "root_url": None}
    assert run("domain", "update").status == 2


def test_the_domain_has_files_and_an_address_for_reports(run: Run, tmp_path: Path) -> None:
    (tmp_path / "apple.json").write_text('{"applinks": {}}')
    (tmp_path / "large.json").write_text(json.dumps("x" * 16_384))
    flag = "--apple-app-site-association"
    given = ("--report-address", "abuse@example.com", flag, str(tmp_path / "apple.json"))

    changed = run("domain", "update", *given, "--json").json
    refused = [run("domain", "update", flag, str(tmp_path / name)) for name in ("none.json", "large.json")]
    cleared = run("domain", "update", flag, "none", "--json").json

    assert (changed["report_address"], changed["apple_app_site_association"]) == (
        "abuse@example.com",
        '{"applinks":{}}',
    )
    assert [one.status for one in refused] == [2, 2]
    assert run("domain", "update", "--report-address", "http://example.com/").status == 2
    assert cleared == {**changed, "apple_app_site_association": None}


def test_consent_is_asked_in_the_name_of_a_company(link: Any) -> None:
    ask = ("create", "--to", "https://example.com/", "--consent", "yes")
    company = {"name": "Crow", "privacy_url": "https://example.com/privacy"}

    refused = link(*ask)
    answer = link("company", "--name", "Crow", "--privacy-url", "https://example.com/privacy")

    assert (refused.status, "--consent" in refused.err) == (2, True)
    assert answer.json == company
    assert link(*ask).json["consent"] is True


def test_no_link_leads_to_a_host_that_is_blocked(run: Run, link: Any) -> None:
    assert run("domain", "block", "Bad.example.com", "--json").json == {"host": "bad.example.com", "blocked": True}
    refused = [link("create", "--to", f"https://{host}/x") for host in ("bad.example.com", "a.b.bad.example.com.")]
    expired = link("create", "--to", "https://example.com/", "--expired-url", "https://bad.example.com/")
    taken = [link("create", "--to", f"https://{host}/x").status for host in ("example.com", "notbad.example.com")]

    assert [(one.status, "blocked" in one.err) for one in (*refused, expired)] == [(2, True)] * 3
    assert "--expired-url must not" in expired.err
    assert taken == [0, 0]
    assert run("domain", "blocked", "--json").json == ["bad.example.com"]
    run("domain", "unblock", "bad.example.com")
    assert link("create", "--to", "https://bad.example.com/x").status == 0
    assert run("domain", "block", "127.0.0.1").status == 2


def test_a_new_secret_leaves_what_the_former_one_signed_valid(
    run: Run, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stored() -> str:
        parameter = target.connect("ssm").get_parameter(Name=f"/pixel/{target.name}/links-secret", WithDecryption=True)
        return str(parameter["Parameter"]["Value"])

    assert run("link", "set-up", "--json").json == {"changed": True}
    assert run("link", "set-up", "--json").json == {"changed": False}
    first = stored()
    monkeypatch.setattr(signing, "read_secret", lambda _: first)
    proof = signing.signature("unlock", b"content")

    for accepted in (True, False):
        run("link", "set-up", "--replace")
        monkeypatch.setattr(signing, "read_secret", lambda _: stored())
        assert signing.is_signed("unlock", b"content", proof) is accepted
    assert len(stored().split()) == 2


def test_clicks_in_the_log_are_sent_on_once_each(run: Run, target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [json.dumps({"click_id": f"clk_{number}"}) for number in range(12)]
    lines = [json.dumps({"message": NOT_QUEUED, "row": row, "reason": "down"}) for row in (*rows, rows[0])]
    others = ["not JSON", json.dumps({"message": "other"}), "[]"]
    monkeypatch.setattr(clicks, "read_lines", lambda *_: iter([*others, *lines]))

    counted = run("clicks", "recover", "--since", "2d", "--dry-run", "--json")
    sent = run("clicks", "recover", "--json")

    assert counted.json == {"found": 12, "sent": 0}
    assert sent.json == {"found": 12, "sent": 12}
    taken: list[str] = []
    while messages := target.sqs.receive_message(
        QueueUrl=target.clicks_queue, MaxNumberOfMessages=10, WaitTimeSeconds=0
    ).get("Messages"):
        taken += [message["Body"] for message in messages]
    assert sorted(taken) == sorted(rows)


def test_a_stack_without_links_says_how_to_get_them(run: Run, stack: Wire, workspace: Workspace) -> None:
    stack.always("DescribeStacks", lambda perform, parameters: perform(parameters))

    for words in (("link", "list", workspace.workspace_id), ("domain", "show"), ("link", "set-up")):
        refused = run(*words)
        assert refused.status == 1
        assert "EnableLinks=true" in refused.err
