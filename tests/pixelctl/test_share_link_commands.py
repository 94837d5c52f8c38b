"""pixelctl share-link: a token that is shown once, and a password that nobody sees."""

import getpass
import hashlib
import io
import logging
import re
import sys
from base64 import b64decode
from typing import Any

import pytest

from pixel.auth import keys
from pixel.workspaces.share_link_kind import SHARE_LINK
from pixel.workspaces.workspace import Workspace
from pixelctl.target import Target
from tests.pixelctl.conftest import Run
from tests.provisioned import Wire
from tests.unit.workspaces.records_given import new_website, stored_items

_PASSWORD = "correct horse battery"


@pytest.fixture
def website_id(target: Target, workspace: Workspace) -> str:
    return new_website(target.store, workspace)


@pytest.fixture
def create(run: Run, workspace: Workspace, website_id: str) -> Any:
    return lambda *options: run(
        "share-link", "create", workspace.workspace_id, "--website", website_id, *options, "--json"
    )


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Answer the prompts of the terminal with these texts in turn."""
    waiting: list[str] = []
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: waiting.pop(0))
    return waiting


def _type_ahead(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def _stored() -> Any:
    [item] = stored_items(SHARE_LINK)
    del item["updated_at"]
    return item


def _opens(password: str, stored: str) -> bool:
    _, scheme, parameters, salt, expected = stored.split("$")
    assert scheme == "scrypt"
    cost = dict(part.split("=") for part in parameters.split(","))
    raw = b64decode(expected + "==")
    derived = hashlib.scrypt(
        password.encode(),
        salt=b64decode(salt + "=="),
        n=2 ** int(cost["ln"]),
        r=int(cost["r"]),
        p=int(cost["p"]),
        maxmem=2**27,
        dklen=len(raw),
    )
    return derived == raw


def test_the_token_is_shown_once_and_only_its_hash_is_stored(run: Run, create: Any, workspace: Workspace) -> None:
    made = create().json

    token = made["token"]
    assert re.fullmatch(r"share_[0-9A-Za-z]{43}", token)
    item = _stored()
    assert (item["token_hash"], item["token_prefix"]) == (keys.digest(token), token[:10])
    assert made["token_prefix"] == token[:10]
    for words in (["list", workspace.workspace_id], ["show", workspace.workspace_id, made["id"]]):
        for options in ([], ["--json"]):
            shown = run("share-link", *words, *options).out
            assert token[:10] in shown
            assert token not in shown
            assert item["token_hash"] not in shown


def test_the_token_is_printed_with_advice(run: Run, workspace: Workspace, website_id: str) -> None:
    out = run("share-link", "create", workspace.workspace_id, "--website", website_id).out

    assert re.match(r"share_\w{43}\n\nKeep this now: it is not shown again", out)


def test_two_links_have_two_tokens(create: Any) -> None:
    assert create().json["token"] != create().json["token"]


def test_a_link_never_ends_and_is_open_unless_told(create: Any) -> None:
    made = create().json

    assert (made["expires_at"], made["password_protected"]) == (None, False)
    assert _stored()["password_hash"] is None


def test_a_password_from_stdin_is_stored_as_a_salted_scrypt_hash(create: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        _type_ahead(monkeypatch, f"{_PASSWORD}\nmore\n")
        assert create("--password-stdin").json["password_protected"] is True

    first, second = (item["password_hash"] for item in stored_items(SHARE_LINK))
    assert first != second
    assert re.match(r"\$scrypt\$ln=\d+,r=8,p=3\$[\w+/]{22}\$[\w+/]{43}$", first)
    assert _opens(_PASSWORD, first)
    assert not _opens(f"{_PASSWORD}\n", first)


def test_a_password_is_asked_for_twice(create: Any, typed: list[str]) -> None:
    typed += [_PASSWORD, _PASSWORD]

    assert create("--ask-password").json["password_protected"] is True

    assert typed == []
    assert _opens(_PASSWORD, _stored()["password_hash"])


def test_two_different_passwords_make_no_link(create: Any, typed: list[str]) -> None:
    typed += [_PASSWORD, "another password"]

    outcome = create("--ask-password")

    assert (outcome.status, outcome.err) == (1, "pixelctl: The two passwords differ; run the command again.\n")
    assert stored_items(SHARE_LINK) == []


@pytest.mark.parametrize("password", ["", "1234567", "x" * 129, "tab\tbed password", "nul\x00nul password"], ids=ascii)
def test_a_password_that_cannot_be_one_is_not_repeated(
    create: Any, typed: list[str], monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    typed += [password, password]
    _type_ahead(monkeypatch, f"{password}\n")

    for option in ("--ask-password", "--password-stdin"):
        outcome = create(option)
        assert outcome.status == 2
        assert outcome.err == f"pixelctl: {option} must have 8 to 128 printable characters.\n"
    assert stored_items(SHARE_LINK) == []


def test_without_a_terminal_the_other_way_is_named(create: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_terminal(_prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr(getpass, "getpass", no_terminal)

    assert create("--ask-password").err == (
        "pixelctl: There is no terminal to ask for the password; give it with --password-stdin.\n"
    )


@pytest.mark.parametrize("words", [["--password", _PASSWORD], [f"--password={_PASSWORD}"], ["--password"]])
@pytest.mark.parametrize("verb", ["create", "update"])
def test_a_password_that_is_an_argument_is_refused_and_not_repeated(
    run: Run, stack: Wire, verb: str, words: list[str]
) -> None:
    own = ["--website", "admx_1"] if verb == "create" else ["share_1"]

    outcome = run("share-link", verb, "ws_1", *own, *words)

    assert outcome.status == 2
    assert "use --ask-password or --password-stdin" in outcome.err
    assert _PASSWORD not in outcome.err
    assert stack.calls == []
    assert "--password " not in run("share-link", verb, "--help").out


@pytest.mark.parametrize("words", [["--ask-password", "--password-stdin"], ["--ask-password", "--no-password"]])
def test_one_way_to_give_a_password_excludes_the_others(run: Run, words: list[str]) -> None:
    assert run("share-link", "update", "ws_1", "share_1", *words).status == 2


def test_neither_token_nor_password_is_sent_stored_or_logged(
    create: Any, stack: Wire, typed: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    typed += [_PASSWORD, _PASSWORD]

    token = create("--ask-password").json["token"]

    written = f"{stored_items()}{stack.calls}{caplog.text}"
    assert keys.digest(token) in written
    assert token[10:] not in written
    assert _PASSWORD not in written


def test_a_password_is_changed_and_taken_away_and_nothing_else_is(
    run: Run, create: Any, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create("--expires", "90d").json
    before = _stored()
    _type_ahead(monkeypatch, _PASSWORD)
    update = ["share-link", "update", workspace.workspace_id, made["id"], "--json"]

    protected = run(*update, "--password-stdin")
    closed = _stored()
    opened = run(*update, "--no-password")

    assert (protected.json["password_protected"], opened.json["password_protected"]) == (True, False)
    assert "token" not in protected.json
    assert _opens(_PASSWORD, closed["password_hash"])
    assert closed == {**before, "password_protected": True, "password_hash": closed["password_hash"], "revision": 2}
    assert _stored() == {**before, "revision": 3}


def test_an_expiry_alone_leaves_the_password(run: Run, create: Any, workspace: Workspace, typed: list[str]) -> None:
    typed += [_PASSWORD, _PASSWORD]
    made = create("--ask-password").json
    before = _stored()

    run("share-link", "update", workspace.workspace_id, made["id"], "--expires", "2099-01-01")

    assert _stored() == before | {"expires_at": "2099-01-01T00:00:00Z", "revision": 2}


def test_a_token_in_place_of_an_id_is_not_repeated(run: Run, create: Any, workspace: Workspace) -> None:
    token = create().json["token"]

    for verb, options in (("show", []), ("update", ["--no-password"]), ("delete", [])):
        outcome = run("share-link", verb, workspace.workspace_id, token, *options)

        assert outcome.status == 1
        assert "by its id (share_...)" in outcome.err
        assert token not in outcome.err
