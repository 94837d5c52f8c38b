"""pixelctl doctor: run the checks of a live stack and print a line for each."""

from argparse import Namespace
from typing import TYPE_CHECKING

from pixelctl.commands.parsers import add_command, converted, whole_number
from pixelctl.doctor import checks
from pixelctl.doctor.checks import FAILED, SKIPPED, Result
from pixelctl.failures import ControlError
from pixelctl.output import Answer
from pixelctl.target import Target

if TYPE_CHECKING:
    from pixelctl.commands.parsers import Subparsers

_WAIT_SECONDS = 60
_WAIT_SECONDS_MAX = 600
_ABOUT = """
It checks the stack's resources, its secrets and its health, runs the canary, sends one pageview to a workspace of its
own (ws_doctor), waits until a pipe counts it, and checks the queues. The website and the key that it creates for this
are removed at the end.

exit status: 0 no check failed, 1 a check failed
"""


def add_doctor_command(groups: "Subparsers") -> None:
    parser = add_command(
        groups,
        "doctor",
        _examine,
        "check a live stack, from its resources to a counted event",
        "doctor --stack pixel-api-staging",
        "doctor --local --json",
    )
    parser.epilog = f"{_ABOUT.strip()}\n\n{parser.epilog}"
    parser.add_argument(
        "--wait",
        type=_seconds,
        default=_WAIT_SECONDS,
        metavar="SECONDS",
        help="how long to wait until the event is counted (default: %(default)s)",
    )


def _examine(target: Target, arguments: Namespace) -> Answer:
    def announce(result: Result) -> None:
        if not arguments.json:
            print(_line(result), flush=True)

    results = checks.examine(target, wait_seconds=arguments.wait, announce=announce)
    failed = [result.check for result in results if result.status == FAILED]
    skipped = [result.check for result in results if result.status == SKIPPED]
    data = {"ok": not failed, "checks": [result._asdict() for result in results]}
    text = f"failed: {', '.join(failed)}" if failed else "nothing failed"
    if skipped:
        text += f"; skipped: {', '.join(skipped)}"
    return Answer(data, f"\n{text}", 1 if failed else 0)


def _line(result: Result) -> str:
    line = f"{result.status:7}  {result.check:7}  {result.found}"
    return line if result.todo is None else f"{line}\n{'':18}{result.todo}"


@converted
def _seconds(text: str) -> int:
    seconds = whole_number(text)
    if isinstance(seconds, str) or not 1 <= seconds <= _WAIT_SECONDS_MAX:
        raise ControlError(f'"{text}" is not usable; give a whole number of seconds from 1 to {_WAIT_SECONDS_MAX}.')
    return seconds
