"""Help: what there is without asking, what a page repeats, what a slip of the pen is answered with, and colours."""

from collections.abc import Iterator

import click
import pytest

from pixelctl.cli import root
from tests.pixelctl.conftest import Run
from tests.pixelctl.terminal import run_on_a_terminal
from tests.provisioned import Wire


def _commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command with the words that call it."""
    context = click.Context(root)
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from ((f"{name} {verb}", child) for verb, child in command.commands.items())
        else:
            yield name, command


def test_a_bare_call_prints_every_command_and_succeeds(run: Run, stack: Wire) -> None:
    bare = run()

    assert (bare.status, bare.err) == (0, "")
    assert bare.out == run("--help").out == run("-h").out
    sections = [line for line in bare.out.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert sections[-2:] == ["Options of every command, before or after it:", "Examples:"]
    assert len(sections) > 4
    listed = [line.split()[0] for line in bare.out.splitlines() if line.startswith("  ") and line[2] != " "]
    assert [word for word in listed if word in root.commands] == [*root.commands]
    assert stack.calls == []


def test_a_bare_group_prints_its_commands_and_succeeds(run: Run, stack: Wire) -> None:
    groups = {words.split()[0] for words, _ in _commands() if " " in words}
    for group in groups:
        for words in ([group], ["--local", group], [group, "--help"]):
            page = run(*words)
            assert (page.status, page.err) == (0, "")
            assert page.out.startswith(f"Usage: pixelctl {group}")
            assert all(f"\n  {call.split()[1]} " in page.out for call, _ in _commands() if call.split()[0] == group)
    assert stack.calls == []


def test_the_page_of_a_command_has_examples_and_repeats_no_option_of_every_command(run: Run, stack: Wire) -> None:
    for words, command in _commands():
        page = run(*words.split(), "--help")

        assert page.status == 0, words
        assert f"  pixelctl {words}" in page.out.replace("pixelctl --local", "pixelctl").partition("Examples:")[2], (
            words
        )
        *_, last = page.out.splitlines()
        assert last == "  --local, --stack, --region, --profile, --url, --json: see pixelctl --help."
        assert page.out.count("--region") == page.out.count("--profile") == 1, words
        assert command.help
        assert command.help[0].isupper(), words
        assert command.help.partition("\n\n")[0].endswith("."), words
        undescribed = [one.name for one in command.params if not getattr(one, "hidden", False) and not one.help]
        assert undescribed == [], words
    assert stack.calls == []


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["websit"], "website"),
        (["key", "revok"], "revoke"),
        (["dead-leter"], "dead-letter"),
        (["website", "create", "ws_1", "--domian", "x"], "--domain"),
        (["workspace", "list", "--josn"], "--json"),
        (["--lcal", "workspace", "list"], "--local"),
    ],
)
def test_a_slip_of_the_pen_is_answered_with_what_was_meant(run: Run, stack: Wire, words: list[str], meant: str) -> None:
    outcome = run(*words)

    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith("pixelctl: No such ")
    assert f"Did you mean '{meant}'?" in outcome.err
    assert outcome.err.splitlines()[-1].startswith("Try `pixelctl")
    assert stack.calls == []


def test_everything_that_is_missing_is_named_at_once(run: Run) -> None:
    assert run("goal", "create", "ws_1").err.splitlines() == [
        "pixelctl: these values cannot be used:",
        "  --website is required.",
        "  --name is required.",
        "  --selector is required.",
        "Try `pixelctl goal create --help`.",
    ]


def test_colours_are_for_terminals_and_for_those_who_want_them(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    escape = "\x1b["

    assert escape in run_on_a_terminal("websit").out
    assert escape not in run_on_a_terminal("websit", NO_COLOR="1").out
    assert escape not in run_on_a_terminal("websit", TERM="dumb").out
    assert escape not in "".join(map(str, (*run("websit"), *run())))
