"""The pages of --help: what is special to a command. The options of every command are described once, by `pixelctl`."""

import os
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import click

from pixelctl.invocation import SHARED

_WIDTH_MAX = 100
_SHARED_IN_SHORT = f"{', '.join(option.opts[0] for option in SHARED)}: see pixelctl --help."
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": _WIDTH_MAX}


def color() -> bool | None:
    """Return False where colours are unwanted, or None to let the kind of output decide: a terminal or something else.

    https://no-color.org is one way to say so.
    """
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None


class _Formatter(click.HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, click.style("Usage: ", bold=True) if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        super().write_heading(click.style(heading, bold=True))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(click.style(term, fg="cyan"), text) for term, text in rows], col_max, col_spacing)

    def write_lines(self, heading: str, lines: Iterable[str]) -> None:
        """Write lines as they are, so that they can be copied."""
        with self.section(heading):
            self.write("".join(f"{'':{self.current_indent}}{line}\n" for line in lines))


class _Context(click.Context):
    formatter_class = _Formatter


class HelpPage(click.Command):
    """A command with the options of every command, and a page of help that does not repeat them."""

    context_class = _Context

    def __init__(self, *arguments: Any, examples: Sequence[str] = (), **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.examples = examples

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return [*super().get_params(ctx), *SHARED]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        records = [param.get_help_record(ctx) for param in self.params if isinstance(param, click.Option)]
        if shown := [record for record in records if record is not None]:
            with formatter.section("Options"):
                formatter.write_dl(shown)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx  # of no interest
        assert isinstance(formatter, _Formatter)  # noqa: S101 - the context's
        if self.examples:
            formatter.write_lines("Examples", (f"pixelctl {line}" for line in self.examples))
        formatter.write_lines("Options of every command", [_SHARED_IN_SHORT])


class GroupPage(HelpPage, click.Group):
    """A group, whose page lists its commands and which prints that page if no command is named."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        HelpPage.format_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx  # of no interest
        with formatter.section("Commands"):
            formatter.write_dl([(name, _summary(command)) for name, command in self.commands.items()])


class Entry(NamedTuple):
    """A command of the first level: the module that has it, what it does, and what the module calls it."""

    module: str
    summary: str
    attribute: str = ""
    """Its name, unless that differs by more than hyphens."""


class Overview(GroupPage):
    """The command line as a whole. A module is imported only if its command is called."""

    def __init__(self, *arguments: Any, sections: dict[str, dict[str, Entry]], **settings: Any) -> None:
        super().__init__(*arguments, context_settings=SETTINGS, **settings)
        self._sections = sections
        self._entries = {name: entry for section in sections.values() for name, entry in section.items()}
        self.commands = dict.fromkeys(self._entries, HelpPage(None))  # the names, among which a similar one is found

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx  # of no interest
        if cmd_name not in self._entries:
            return None
        module, summary, attribute = self._entries[cmd_name]
        found: click.Command = getattr(import_module(module), attribute or cmd_name.replace("-", "_"))
        found.help = found.help or summary
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx  # of no interest
        width = max(map(len, self._entries))
        for heading, entries in self._sections.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), entry.summary) for name, entry in entries.items()])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        options = (*SHARED, *self.params, self.get_help_option(ctx))
        records = [option.get_help_record(ctx) for option in options if option is not None]
        with formatter.section("Options of every command, before or after it"):
            formatter.write_dl([record for record in records if record is not None])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx  # of no interest
        assert isinstance(formatter, _Formatter)  # noqa: S101 - the context's
        formatter.write_lines("Examples", (f"pixelctl {line}" for line in self.examples))


def _summary(command: click.Command) -> str:
    return (command.help or "").partition("\n\n")[0].replace("\n", " ")
