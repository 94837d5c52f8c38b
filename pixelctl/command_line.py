"""What every group of commands builds on: parsers with the shared options, checked values, hints."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pixelctl import expiry
from pixelctl.failures import ControlError
from pixelctl.output import Answer
from pixelctl.target import DEFAULT_STACK, Target

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse gives it no other name

Command = Callable[[Target, argparse.Namespace], Answer]


def add_group(groups: "Subparsers", name: str, summary: str) -> "Subparsers":
    group = groups.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.", allow_abbrev=False)
    add_shared_options(group)
    return group.add_subparsers(metavar="COMMAND", required=True)


def add_command(group: "Subparsers", name: str, run: Command, summary: str, *shown: str) -> argparse.ArgumentParser:
    parser = group.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=examples(*shown),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    add_shared_options(parser)
    return parser


def add_shared_options(parser: argparse.ArgumentParser) -> None:
    """Without defaults: those of a command would undo what stands before it."""
    absent = argparse.SUPPRESS
    where = parser.add_argument_group("where it works")
    where.add_argument(
        "--stack", default=absent, metavar="NAME", help=f"CloudFormation stack (PIXEL_STACK; default: {DEFAULT_STACK})"
    )
    where.add_argument("--region", default=absent, help="AWS Region")
    where.add_argument("--profile", default=absent, help="AWS profile")
    where.add_argument(
        "--local",
        action="store_true",
        default=absent,
        help="the running local stack: .local/stack.json (PIXEL_LOCAL_DIR)",
    )
    parser.add_argument("--json", action="store_true", default=absent, help="print JSON, for scripts")


def add_workspace_id(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("workspace_id", metavar="WORKSPACE", help="ws_...")


def add_expires(parser: argparse.ArgumentParser, default: object, stated: str) -> None:
    parser.add_argument(
        "--expires",
        type=checked(expiry.parse_expiry),
        default=default,
        metavar="WHEN",
        help=f"{expiry.FORMS} (default: {stated})",
    )


def examples(*lines: str) -> str:
    return "examples:\n" + "\n".join(f"  pixelctl {line}" for line in lines)


def checked(check: Callable[[str], Any]) -> Callable[[str], Any]:
    def convert(text: str) -> Any:
        try:
            return check(text)
        except ControlError as failure:
            raise argparse.ArgumentTypeError(str(failure)) from failure

    return convert


def again(arguments: argparse.Namespace, *words: str) -> str:
    """A command to run next, against the same stack."""
    options = ["--local"] if arguments.local else []
    if not arguments.local and arguments.stack != DEFAULT_STACK:
        options += ["--stack", arguments.stack]
    for name in ("region", "profile"):
        if value := getattr(arguments, name):
            options += [f"--{name}", value]
    return " ".join(["pixelctl", *words, *options])


def when(target: Target) -> str:
    """What keys may do is cached by the authorizer."""
    seconds = target.auth_cache_ttl_seconds
    if seconds is None:
        return "when the authorizer's cached answers run out (AuthCacheTtlSeconds of the stack)"
    return f"within {seconds} seconds (AuthCacheTtlSeconds)" if seconds else "at once"


def effect(target: Target) -> dict[str, int | None]:
    return {"effective_within_seconds": target.auth_cache_ttl_seconds}
