"""pixelctl doctor: run the checks of a live stack and print a line for each."""

import click

from pixelctl.commands.command import Command, whole_number, wrong_usage
from pixelctl.doctor import checks
from pixelctl.doctor.checks import FAILED, SKIPPED, Result
from pixelctl.failures import ControlError
from pixelctl.invocation import Invocation
from pixelctl.output import Answer
from pixelctl.target import connect

_WAIT_SECONDS = 60
_WAIT_SECONDS_MAX = 600


@click.command(cls=Command, examples=("doctor --stack pixel-api-staging", "doctor --local --json"))
@click.option(
    "--wait",
    default=str(_WAIT_SECONDS),
    metavar="SECONDS",
    help=f"How long to wait until the event is counted (default: {_WAIT_SECONDS}).",
)
@click.pass_obj
def doctor(call: Invocation, wait: str) -> Answer:
    """Check a live stack, from its resources to a counted event.

    It checks the stack's resources, its secrets and its health, runs the canary, sends one pageview to a workspace of
    its own (ws_doctor), waits until a pipe counts it, sends a mail to Amazon's mailbox simulator if mail is on, and
    checks the queues. The website and the key that it creates for this are removed at the end.

    Exit status: 0 no check failed, 1 a check failed.
    """

    def announce(result: Result) -> None:
        if not call.json:
            print(_line(result), flush=True)

    results = checks.examine(connect(call), wait_seconds=_seconds(wait), announce=announce)
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


def _seconds(text: str) -> int:
    try:
        seconds = whole_number(text)
    except ControlError as failure:
        raise wrong_usage(f"--wait: {failure}") from failure
    if isinstance(seconds, str) or not 1 <= seconds <= _WAIT_SECONDS_MAX:
        raise wrong_usage(
            f'--wait: "{text}" is not usable; give a whole number of seconds from 1 to {_WAIT_SECONDS_MAX}.'
        )
    return seconds
