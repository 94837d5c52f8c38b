"""Addresses of destinations, read without showing them: those of Slack are secrets."""

import getpass
import sys
from collections.abc import Mapping

import click

from pixelctl.commands.command import name_field, wrong_usage
from pixelctl.failures import ControlError

_WAYS = ("ask_url", "url_stdin")


def options() -> list[click.Option]:
    """Return the ways to give an address; an argument is not one, because other users of the machine can read it."""
    return [
        click.Option(["--ask-url"], is_flag=True, help="Ask for the address at the terminal."),
        click.Option(["--url-stdin"], is_flag=True, help="Read the address from standard input."),
    ]


def read(given: dict[str, object]) -> Mapping[str, str]:
    """Take the way out of the options, and return the address as a field, or none to keep it."""
    chosen = [way for way in _WAYS if given.pop(way, False)]
    if len(chosen) > 1:
        raise wrong_usage("--ask-url and --url-stdin exclude each other; give only one of them")
    if not chosen:
        name_field("url", "--ask-url or --url-stdin")
        return {}
    name_field("url", f"--{chosen[0].replace('_', '-')}")
    return {"url": _ask() if chosen[0] == "ask_url" else sys.stdin.readline().strip()}


def _ask() -> str:
    if not sys.stdin.isatty():
        raise ControlError("There is no terminal to ask for the address; give it with --url-stdin.")
    return getpass.getpass("Address: ").strip()
