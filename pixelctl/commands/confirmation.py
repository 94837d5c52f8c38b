"""The confirmation of what cannot be undone: at the terminal, or by --yes where there is none."""

import sys

import click

from pixelctl.failures import ControlError

_YES = {"y", "yes"}

YES = click.Option(["--yes"], is_flag=True, help="Confirm the deletion.")


def require(consequence: str) -> None:
    """Raise ControlError unless the operator agrees to the consequence, a sentence without its period."""
    if _answer(consequence, "Continue? [y/N]").lower() not in _YES:
        raise ControlError("Nothing was deleted.")


def require_name(consequence: str, name: str) -> None:
    """Raise ControlError unless the operator agrees by typing the name of what is to be deleted."""
    if _answer(consequence, f'Type its name, "{name}", to confirm:') != name:
        raise ControlError("That is another name; nothing was deleted.")


def _answer(consequence: str, question: str) -> str:
    """Return what is typed at the terminal. The question is on standard error, because scripts read standard output."""
    if not sys.stdin.isatty():
        raise ControlError(f"{consequence}; add --yes to confirm.")
    print(f"{consequence}. {question} ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()
