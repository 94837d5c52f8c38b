"""pixelctl query and pixelctl top: the rows of pipes, over HTTP with an API key, without AWS."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

import click

from pixel.auth.caller import Scope
from pixel.dashboard.lists import LISTS, ListView
from pixel.tinybird.catalogue import catalogue
from pixelctl.api import find_api
from pixelctl.api_client import ApiClient, Reply
from pixelctl.commands.command import Command, wrong_usage
from pixelctl.failures import ControlError, fault_lines, joined
from pixelctl.invocation import Invocation
from pixelctl.output import Answer, rows_of_a_pipe, table

_PREFIX: Final = "p_"
_BAR_WIDTH: Final = 20
_UNKNOWN: Final = "(none)"
_TOP: Final[Mapping[str, ListView]] = {
    **{name.replace("_", "-"): view for name, view in LISTS.items()},
    "sources": LISTS["channels"],
    "goals": ListView("p_goal_conversions", {}, "goal_name", columns={}, measure="conversions", measured="conversions"),
}
_SCOPE = "The key is read from PIXEL_API_KEY only and needs the scope pixel:read."


def _asking(command: Callable[..., Answer]) -> Callable[..., Answer]:
    """Add the options of a query."""
    for flag, name, metavar, described in (
        ("--to", "to", "WHEN", "Last day, or the instant at which it ends (default: now)."),
        ("--from", "from", "WHEN", "First day such as 2026-11-01, or an instant (default: 30 days before the end)."),
        ("--website", "website_id", "WEBSITE_ID", "Only this website (default: all that the key may read)."),
    ):
        command = click.option(flag, name, metavar=metavar, help=described)(command)
    described = "A parameter of the pipe or timezone, such as country=DE; may be repeated."
    return click.option("--param", "parameters", metavar="NAME=VALUE", multiple=True, help=described)(command)


@click.command(
    cls=Command,
    help=f"""Print the rows of a pipe.

    {_SCOPE} Rows that do not fit into the terminal are printed one below the other. --json prints them as an array of
    objects. docs/pipes.md describes the pipes: {", ".join(name.removeprefix(_PREFIX) for name in catalogue())}.""",
    examples=(
        "query overview --website admx_... --from 2026-11-01 --to 2026-11-30",
        "query p_geo --website admx_... --param level=city --param limit=50 --csv > cities.csv",
        "--local query metric_series --website admx_demo --json",
    ),
)
@click.argument("pipe", metavar="PIPE", help="Its name, with p_ or without.")
@_asking
@click.option("--csv", "is_csv", is_flag=True, help="Print CSV.")
@click.pass_obj
def query(call: Invocation, /, pipe: str, parameters: Sequence[str], *, is_csv: bool, **given: str | None) -> Answer:
    if is_csv and call.json:
        raise wrong_usage("--csv and --json exclude each other; give only one of them")
    asked = _parameters(parameters, given)
    reply = _ask(call, _pipe_named(pipe), {**asked, **({"format": "csv"} if is_csv else {})})
    if is_csv:
        return Answer(None, reply.text)
    rows = _rows(reply)
    return Answer(rows, rows_of_a_pipe(rows) if rows else "No rows.")


@click.command(
    cls=Command,
    help=f"""Print the top pages, sources, countries and the like, each with a bar.

    {_SCOPE} The lists: {", ".join(_TOP)}.""",
    examples=(
        "top pages --website admx_...",
        "top countries --website admx_... --from 2026-11-01 --limit 25",
        "--local top sources --website admx_demo --param device=mobile",
    ),
)
@click.argument("name", metavar="LIST", help="One of the lists above.")
@_asking
@click.option("--limit", type=click.IntRange(1, 100), default=10, metavar="N", help="Rows at most (default: 10).")
@click.pass_obj
def top(call: Invocation, /, name: str, parameters: Sequence[str], *, limit: int, **given: str | None) -> Answer:
    view = _TOP[_known(name.replace("_", "-"), _TOP, "list")]
    # One more row than is shown may be without a name, and is left out then.
    fixed = {**view.parameters, "limit": str(limit + 1)}
    found = _rows(_ask(call, view.pipe, _parameters(parameters, {**given, **fixed})))
    rows = [row for row in found if row[view.measured] and (row[view.name] or view.is_unknown_shown)][:limit]
    if not rows:
        return Answer([], "No rows.")
    most = max(row[view.measured] for row in rows)
    width = max(len(view.measure), len(f"{most:,}"))
    shown = [
        {
            view.name: row[view.name] or _UNKNOWN,
            view.measure: f"{row[view.measured]:,}".rjust(width),
            "": "█" * max(1, round(_BAR_WIDTH * row[view.measured] / most)),
        }
        for row in rows
    ]
    return Answer(rows, table(shown, (view.name, view.measure, "")))


def _parameters(pairs: Sequence[str], given: Mapping[str, str | None]) -> dict[str, str]:
    """Return the parameters of the query string that the options stand for."""
    split = [pair.partition("=") for pair in pairs]
    if any(not name or not middle for name, middle, _ in split):
        raise wrong_usage("--param must be NAME=VALUE, such as country=DE")
    asked = {name: value for name, value in given.items() if value is not None}
    for name, _, value in split:
        if name in asked:
            raise wrong_usage(f"{name} is given twice; give it once")
        asked[name] = value
    return asked


def _pipe_named(text: str) -> str:
    return _known(text if text.startswith(_PREFIX) else f"{_PREFIX}{text}", catalogue(), "pipe")


def _known(name: str, names: Mapping[str, object], noun: str) -> str:
    if name in names:
        return name
    meant = "".join(f" did you mean {near}?" for near in get_close_matches(name, names, n=1))
    raise wrong_usage(f'There is no {noun} "{name}";{meant or f" the {noun}s are {', '.join(names)}."}')


def _ask(call: Invocation, pipe: str, parameters: Mapping[str, str]) -> Reply:
    api = find_api(call, Scope.READ)
    reply = ApiClient(api.url, api.key).get(f"/api/v1/pixel/query/{pipe}", parameters)
    if reply.status == 200:
        return reply
    if faults := reply.faults:
        flags = {fault.path: f"--param {fault.path}" for fault in faults}
        flags |= {"website_id": "--website", "from": "--from", "to": "--to"}
        raise wrong_usage(joined(fault_lines(faults, flags)))
    raise ControlError(f"The API refuses the query: {reply}")


def _rows(reply: Reply) -> list[dict[str, Any]]:
    rows = reply.data.get("data")
    if not isinstance(rows, list):
        raise ControlError("This address does not answer as Pixel API does; check --url.")
    return rows
