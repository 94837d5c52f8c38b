"""pixelctl tick: what happens by itself in the embedded stack, at another time than now."""

import json
from datetime import datetime, timedelta
from typing import Any, Final

import click
import urllib3
from urllib3.exceptions import HTTPError

from pixel.foundation.clock import now, read_instant, to_iso
from pixelctl.commands.command import Command
from pixelctl.failures import ControlError
from pixelctl.invocation import Invocation
from pixelctl.output import Answer
from pixelctl.target import connect

_PATH: Final = "/_local/tick"
_SECONDS: Final = 60
_TICKS_MAX: Final = 50_000
_YEAR_MAX: Final = 2100


@click.command(
    "tick",
    cls=Command,
    help="""Do what is due at a time: judge alerts, send reports, deliver messages.

    Only for the embedded stack, whose own clock does it each minute. With --until, every minute from one time to
    another is gone through, as if it passed.""",
    examples=(
        "tick --at 2026-10-25T01:00:00Z",
        "tick --at 2026-10-24T22:00:00Z --until 2026-10-26T07:00:00Z",
    ),
)
@click.option("--until", metavar="WHEN", help="The last time, for which each minute since --at is gone through.")
@click.option("--at", "at", metavar="WHEN", help="The time, such as 2026-10-25T01:00:00Z (default: now).")
@click.pass_obj
def tick(call: Invocation, *, at: str | None, until: str | None) -> Answer:
    """Call the schedule of the embedded stack at one time, or at each minute between two."""
    target = connect(call)
    if not target.is_local or target.api_address is None:
        raise click.UsageError("tick works on the embedded stack alone; add --local")
    first = now() if at is None else _instant("--at", at)
    last = first if until is None else _instant("--until", until)
    if last.year > _YEAR_MAX:
        raise click.BadParameter(f"must not be after the year {_YEAR_MAX}", param_hint="--at or --until")
    minutes = int((last - first).total_seconds() // 60)
    if not 0 <= minutes < _TICKS_MAX:
        raise click.BadParameter(f"must be after --at, by at most {_TICKS_MAX:,} minutes", param_hint="--until")
    http = urllib3.PoolManager(maxsize=1, retries=False, timeout=_SECONDS)
    due = sum(_call(http, target.api_address, first + timedelta(minutes=minute)) for minute in range(minutes + 1))
    ticks = "1 tick" if minutes == 0 else f"{minutes + 1:,} ticks"
    return Answer({"ticks": minutes + 1, "due": due}, f"{ticks} until {to_iso(last)}: {due:,} due.")


def _call(http: urllib3.PoolManager, address: str, at: datetime) -> int:
    body = json.dumps({"at": to_iso(at)}).encode()
    try:
        response = http.request("POST", f"{address.rstrip('/')}{_PATH}", body=body)
        answer: Any = response.json()
    except (HTTPError, ValueError) as failure:
        raise ControlError("The embedded stack does not answer; start it with `make run`.") from failure
    if response.status != 200 or "due" not in answer:
        raise ControlError(f"The tick at {to_iso(at)} failed; .local/logs/tick.log says why.")
    return int(answer["due"])


def _instant(option: str, text: str) -> datetime:
    try:
        return read_instant(text)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            "must be an instant with a time zone, such as 2026-10-25T01:00:00Z", param_hint=option
        ) from None
