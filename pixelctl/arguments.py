"""The command line. Options that choose the stack or the output may stand before or after the command."""

import argparse
import os
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pixel import __version__
from pixel.rate_limit import DEFAULT_LIMIT
from pixelctl import api_keys, commands, expiry, workspaces
from pixelctl.failures import ControlError
from pixelctl.output import Answer
from pixelctl.target import DEFAULT_STACK, Target

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse gives it no other name

Command = Callable[[Target, argparse.Namespace], Answer]


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = _parser()
    arguments = parser.parse_args(argv)
    elsewhere = [f"--{name}" for name in ("stack", "region", "profile") if getattr(arguments, name)]
    if arguments.local and elsewhere:
        parser.error(f"--local and {elsewhere[0]} name two places; choose one")
    arguments.stack = arguments.stack or os.environ.get("PIXEL_STACK") or DEFAULT_STACK
    return arguments


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pixelctl",
        description="Workspaces and API keys of a Pixel API stack.",
        epilog=_examples("workspace create 'Acme'", "key create ws_... --scopes pixel:read,pixel:write", "key -h"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.set_defaults(json=False, local=False, stack=None, region=None, profile=None)
    _add_shared_options(parser)
    groups = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_workspace_commands(_group(groups, "workspace", "workspaces and their limits"))
    _add_key_commands(_group(groups, "key", "API keys of a workspace"))
    return parser


def _add_workspace_commands(group: "Subparsers") -> None:
    create = _command(
        group,
        "create",
        commands.workspace_create,
        "make a workspace and its place in a usage plan",
        "workspace create 'Acme'",
        "workspace create 'Acme' --limit 300 --json",
    )
    create.add_argument("name", type=_checked(workspaces.checked_name), help="what people call it")
    create.add_argument(
        "--limit", type=_limit, default=DEFAULT_LIMIT, metavar="N", help="requests a minute (default: %(default)s)"
    )
    _command(group, "list", commands.workspace_list, "list all workspaces", "workspace list", "workspace list --json")
    show = _command(
        group,
        "show",
        commands.workspace_show,
        "show a workspace, and what is wrong with its provisioning",
        "workspace show ws_...",
    )
    _add_workspace_id(show)
    set_limit = _command(
        group,
        "set-limit",
        commands.workspace_set_limit,
        "change a workspace's requests a minute; with the same limit, mend its provisioning",
        "workspace set-limit ws_... 300",
    )
    _add_workspace_id(set_limit)
    set_limit.add_argument("limit", type=_limit, help="requests a minute")


def _add_key_commands(group: "Subparsers") -> None:
    create = _command(
        group,
        "create",
        commands.key_create,
        "make a key; it is shown this once",
        "key create ws_... --scopes pixel:read,pixel:write --name backend",
        "key create ws_... --scopes pixel:read --expires 90d --test",
    )
    _add_workspace_id(create)
    create.add_argument(
        "--scopes", type=_scopes, default=(), help="pixel:read,pixel:write; none: the key may only GET /me"
    )
    create.add_argument("--name", type=_checked(workspaces.checked_name), default=api_keys.DEFAULT_NAME)
    _add_expires(create, None, "never")
    create.add_argument("--test", action="store_true", help="begin the key with pixel_test_")
    listing = _command(group, "list", commands.key_list, "list a workspace's keys, oldest first", "key list ws_...")
    _add_workspace_id(listing)
    rotate = _command(
        group,
        "rotate",
        commands.key_rotate,
        "make a key like an old one, and end the old one",
        "key rotate key_...",
        "key rotate key_... --grace 24h",
    )
    _add_key_id(rotate)
    rotate.add_argument(
        "--grace",
        type=_checked(expiry.parse_duration),
        default=timedelta(0),
        metavar="TIME",
        help="how long the old key still works, such as 24h (default: it is revoked)",
    )
    _add_expires(rotate, api_keys.Lifetime.AS_BEFORE, "as long as the old key had from its creation")
    revoke = _command(group, "revoke", commands.key_revoke, "end a key for good", "key revoke key_...")
    _add_key_id(revoke)


def _group(groups: "Subparsers", name: str, summary: str) -> "Subparsers":
    group = groups.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.", allow_abbrev=False)
    _add_shared_options(group)
    return group.add_subparsers(metavar="COMMAND", required=True)


def _command(group: "Subparsers", name: str, run: Command, summary: str, *examples: str) -> argparse.ArgumentParser:
    parser = group.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=_examples(*examples),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    _add_shared_options(parser)
    return parser


def _add_shared_options(parser: argparse.ArgumentParser) -> None:
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


def _add_workspace_id(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("workspace_id", metavar="WORKSPACE", help="ws_...")


def _add_key_id(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("key_id", metavar="KEY_ID", help="key_..., not the key itself")


def _add_expires(parser: argparse.ArgumentParser, default: object, stated: str) -> None:
    parser.add_argument(
        "--expires",
        type=_checked(expiry.parse_expiry),
        default=default,
        metavar="WHEN",
        help=f"90d, 12h, 2w, 2030-12-31 (its beginning, UTC), 2030-12-31T18:00:00Z or never (default: {stated})",
    )


def _examples(*lines: str) -> str:
    return "examples:\n" + "\n".join(f"  pixelctl {line}" for line in lines)


def _checked(check: Callable[[str], Any]) -> Callable[[str], Any]:
    def convert(text: str) -> Any:
        try:
            return check(text)
        except ControlError as failure:
            raise argparse.ArgumentTypeError(str(failure)) from failure

    return convert


@_checked
def _limit(text: str) -> int:
    return workspaces.checked_limit(int(text) if text.isdecimal() else 0)


@_checked
def _scopes(text: str) -> tuple[str, ...]:
    return api_keys.checked_scopes(scope.strip() for scope in text.split(",") if scope.strip())
