"""The command line.

Options that choose the stack or the output format may be given before or after the command.
"""

import argparse
import os

from pixel import __version__
from pixelctl.commands.dashboards import add_dashboard_commands
from pixelctl.commands.dead_letters import add_dead_letter_commands
from pixelctl.commands.doctor import add_doctor_command
from pixelctl.commands.events import add_event_commands
from pixelctl.commands.keys import add_key_commands
from pixelctl.commands.parsers import add_shared_options, examples
from pixelctl.commands.record_groups import add_record_commands
from pixelctl.commands.sources import add_source_commands
from pixelctl.commands.workspaces import add_workspace_commands
from pixelctl.target import DEFAULT_STACK


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Parse and check the arguments as far as possible without AWS; exit with status 2 if they are wrong."""
    parser = build_parser()
    arguments = parser.parse_args(argv)
    elsewhere = [f"--{name}" for name in ("stack", "region", "profile") if getattr(arguments, name)]
    if arguments.local and elsewhere:
        parser.error(f"--local and {elsewhere[0]} choose different stacks; give only one of them")
    arguments.check(arguments)
    arguments.stack = arguments.stack or os.environ.get("PIXEL_STACK") or DEFAULT_STACK
    return arguments


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pixelctl",
        description="Manage the workspaces of a Pixel API stack: their keys, records and events, and dead letters.",
        epilog=examples(
            "workspace create 'Acme'",
            "key create ws_... --scopes pixel:read,pixel:write",
            "website create ws_... --domain shop.example.com --name 'Shop'",
            "goal -h",
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.set_defaults(json=False, local=False, stack=None, region=None, profile=None, url=None)
    parser.set_defaults(check=lambda _arguments: None, flags={})
    add_shared_options(parser)
    groups = parser.add_subparsers(metavar="COMMAND", required=True)
    add_workspace_commands(groups)
    add_key_commands(groups)
    add_record_commands(groups)
    add_dashboard_commands(groups)
    add_dead_letter_commands(groups)
    add_event_commands(groups)
    add_source_commands(groups)
    add_doctor_command(groups)
    return parser
