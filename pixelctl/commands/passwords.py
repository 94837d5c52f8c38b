"""Passwords of share links, read without showing them."""

import getpass
import sys
import warnings

from pixelctl.failures import ControlError


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
