"""pixelctl dashboard: the secret that signs sessions, and the address of a website's dashboard."""

import os
import secrets
import sys
import webbrowser
from collections.abc import Callable, Mapping

import click

from pixel.aws.tables import Query
from pixel.dashboard.owner_sessions import NewDashboardSession, dashboard_url, has_links
from pixel.dashboard.sessions import OWNER_SECONDS_MAX, OWNER_SECONDS_MIN
from pixel.dashboard.signing import SECRET_BYTES, VIEWER_SECRET
from pixel.foundation.clock import iso_of_epoch
from pixel.workspaces.errors import NotFoundError
from pixel.workspaces.record_kind import DELETED_AT
from pixel.workspaces.vocabulary import OWNER_PANELS
from pixelctl.commands.command import Command, Group, read_model, separated, whole_number
from pixelctl.commands.function_secrets import read_secret, store_secret
from pixelctl.failures import ControlError
from pixelctl.invocation import Invocation
from pixelctl.output import Answer
from pixelctl.target import Target, connect

_LISTS = dict.fromkeys(("panels", "steps", "embed_origins"), separated)

dashboard = Group("dashboard")


@dashboard.command("set-up", examples=("dashboard set-up",))
@click.option("--replace", is_flag=True, help="Store a new one, which ends all sessions.")
@click.pass_obj
def _set_up(call: Invocation, *, replace: bool) -> Answer:
    """Store the secret that signs the sessions of dashboards, if there is none yet."""
    target = connect(call)
    existing = read_secret(target, VIEWER_SECRET)
    if existing is not None and not replace:
        return Answer({"changed": False}, "Dashboards are set up already; --replace ends all sessions.")
    store_secret(target, VIEWER_SECRET, secrets.token_hex(SECRET_BYTES), replace=existing is not None)
    return Answer({"changed": True}, "Dashboards are set up. Functions use the secret within five minutes.")


def _session_options(command: Callable[..., Answer]) -> Callable[..., Answer]:
    """Add the website of a session, and the options that restrict it."""
    for flag, metavar, described in (
        ("--embed-origins", "LIST", "Origins of pages that may embed it, such as https://app.example.com."),
        (
            "--ttl-seconds",
            "N",
            f"How long it works, {OWNER_SECONDS_MIN} to {OWNER_SECONDS_MAX} seconds (default: 3600).",
        ),
        ("--steps", "LIST", "2 to 10 steps of the funnel, such as /pricing,goal:signup,payment."),
        ("--panels", "LIST", f"Some of {', '.join(OWNER_PANELS)} (default: all there are)."),
    ):
        command = click.option(flag, metavar=metavar, help=described)(command)
    return click.argument("website_id", metavar="WEBSITE_ID", help="admx_...")(command)


@dashboard.command(
    "open",
    examples=("dashboard open admx_...", "dashboard open admx_... --ttl-seconds 900 --panels summary,series"),
)
@_session_options
@click.pass_obj
def _open(call: Invocation, /, **given: object) -> Answer:
    """Print an address that shows a website's dashboard to everybody who has it."""
    session = _new_session(call, given)
    return Answer(session, session["url"])


@click.command(cls=Command, examples=("open admx_...", "--local open admx_demo --print"))
@_session_options
@click.option("--print", "is_printed", is_flag=True, help="Print the address instead of opening it.")
@click.pass_obj
def open_(call: Invocation, /, *, is_printed: bool, **given: object) -> Answer:
    """Open the dashboard of a website in the browser.

    Without a terminal or a browser, its address is printed as `dashboard open` prints it. It shows the dashboard to
    everybody who has it, until it expires.
    """
    session = _new_session(call, given)
    if is_printed or call.json or not sys.stdout.isatty() or not _opens(session["url"]):
        return Answer(session, session["url"])
    return Answer(session, f"Opened in the browser; it works until {session['expires_at']}.")


def _opens(url: str) -> bool:
    """Open the address and return whether there is a browser. One in the terminal itself cannot show the page."""
    has_screen = sys.platform in ("darwin", "win32") or any(
        map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
    )
    return bool(has_screen) and webbrowser.open(url)


def _new_session(call: Invocation, given: Mapping[str, object]) -> dict[str, str]:
    new = read_model(NewDashboardSession, given, {**_LISTS, "ttl_seconds": whole_number})
    target = connect(call)
    secret = read_secret(target, VIEWER_SECRET)
    if secret is None:
        raise ControlError(f"Dashboards are not set up; run: {call.again('dashboard set-up')}")
    workspace_id = _workspace_of(target, new.website_id)
    has_some = has_links(target.database, target.resources.get("LinksTable", ""), workspace_id)
    session = new.session(workspace_id, has_links=has_some)
    url = dashboard_url(target.api_url.rstrip("/"), session, new.embed_origins or (), secret=secret)
    return {"url": url, "expires_at": iso_of_epoch(session.expires_at)}


def _workspace_of(target: Target, website_id: str) -> str:
    query = Query(("owned_website_id", website_id), index_name="by_website")
    found = target.database.query(target.physical_id("WorkspaceTable"), query, items_max=1)
    if not found or DELETED_AT in found[0]:
        raise NotFoundError("website", website_id)
    return str(found[0]["workspace_id"])
