"""Passwords of share links, read without showing them."""

import getpass
import sys
import warnings
from collections.abc import Mapping

import click

from pixelctl.commands.command import name_field, wrong_usage
from pixelctl.failures import ControlError

_WAYS = ("ask_password", "password_stdin", "no_password")


def options(*, creating: bool) -> list[click.Option]:
    """Return the ways to give a password; an argument is not one, because other users of the machine can read it."""
    refused = click.Option(
        ["--password"], is_flag=False, flag_value="", hidden=True, expose_value=False, callback=_refuse
    )
    ways = [
        click.Option(["--ask-password"], is_flag=True, help="Ask for a password at the terminal."),
        click.Option(["--password-stdin"], is_flag=True, help="Read a password from standard input."),
        click.Option(["--no-password"], is_flag=True, help="Remove the password."),
    ]
    return [refused, *(ways[:-1] if creating else ways)]


def take_way(given: dict[str, object]) -> str | None:
    """Take the way out of the options and return it, or None to keep the password."""
    chosen = [way for way in _WAYS if given.pop(way, False)]
    if len(chosen) > 1:
        flags = " and ".join(f"--{way.replace('_', '-')}" for way in chosen)
        raise wrong_usage(f"{flags} exclude each other; give only one of them")
    return chosen[0] if chosen else None


def read(way: str | None) -> Mapping[str, str | None]:
    """Return the new password as a field, None to remove it, or no field to keep it."""
    if way is None:
        return {}
    name_field("password", f"--{way.replace('_', '-')}")
    return {"password": {"ask_password": ask, "password_stdin": read_stdin, "no_password": _none}[way]()}


def ask() -> str:
    """Ask for the password twice at the terminal and return it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            password = getpass.getpass("Password: ")
            again = getpass.getpass("Again: ")
    except (getpass.GetPassWarning, EOFError):
        raise ControlError("There is no terminal to ask for the password; give it with --password-stdin.") from None
    if password != again:
        raise ControlError("The two passwords differ; run the command again.")
    return password


def read_stdin() -> str:
    """Return the first line of standard input."""
    return sys.stdin.readline().removesuffix("\n").removesuffix("\r")


def _none() -> None:
    """Return no password."""


def _refuse(_context: click.Context, _option: click.Parameter, value: str | None) -> None:
    if value is not None:
        raise wrong_usage(
            "other users can read a password given as an argument; use --ask-password or --password-stdin"
        )
