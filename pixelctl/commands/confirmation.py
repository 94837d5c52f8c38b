"""The confirmation of what cannot be undone: at the terminal, or by --yes where there is none."""

import sys
from argparse import ArgumentParser, Namespace

from pixelctl.failures import ControlError

_YES = {"y", "yes"}


def add_yes(parser: ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="confirm the deletion")


def require(arguments: Namespace, consequence: str) -> None:
    """Raise ControlError unless the operator agrees to the consequence, a sentence without its period.

    The question is written to standard error, because scripts read standard output.
    """
    if arguments.yes:
        return
    if not sys.stdin.isatty():
        raise ControlError(f"{consequence}; add --yes to confirm.")
    print(f"{consequence}. Continue? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in _YES:
        raise ControlError("Nothing was deleted.")
