"""pixelctl dashboard: the secret that signs sessions, and the address of a website's dashboard."""

import secrets
from argparse import SUPPRESS, ArgumentParser, Namespace
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from pixel.aws.tables import Query
from pixel.dashboard.owner_sessions import NewDashboardSession, dashboard_url
from pixel.dashboard.sessions import OWNER_SECONDS_MAX, OWNER_SECONDS_MIN
from pixel.dashboard.signing import SECRET_BYTES, VIEWER_SECRET
from pixel.foundation.clock import iso_of_epoch
from pixel.workspaces.errors import NotFoundError
from pixel.workspaces.kinds import PANELS
from pixel.workspaces.store import DELETED_AT
from pixelctl.commands.parsers import add_command, add_group, fields_in, read_model, separated, whole_number
from pixelctl.failures import ControlError, error_code
from pixelctl.output import Answer
from pixelctl.target import Target

if TYPE_CHECKING:
    from pixelctl.commands.parsers import Subparsers

_FLAGS = {
    "website_id": "WEBSITE_ID",
    "panels": "--panels",
    "steps": "--steps",
    "ttl_seconds": "--ttl-seconds",
    "embed_origins": "--embed-origins",
}


def add_dashboard_commands(groups: "Subparsers") -> None:
    group = add_group(groups, "dashboard", "dashboards of websites")
    set_up = add_command(
        group,
        "set-up",
        _set_up,
        "store the secret that signs the sessions of dashboards, if there is none yet",
        "dashboard set-up",
    )
    set_up.add_argument("--replace", action="store_true", help="store a new one, which ends all sessions")
    _add_open(group)


def _add_open(group: "Subparsers") -> None:
    parser = add_command(
        group,
        "open",
        _open,
        "print the address of a website's dashboard, which shows it to everybody who has it",
        "dashboard open admx_...",
        "dashboard open admx_... --ttl-seconds 900 --panels summary,series",
    )
    parser.add_argument("website_id", metavar="WEBSITE_ID", help="admx_...")
    options = (
        ("panels", "LIST", f"some of {', '.join(PANELS)} (default: all)"),
        ("steps", "LIST", "2 to 10 steps of the funnel, such as /pricing,goal:signup,payment"),
        ("ttl_seconds", "N", f"how long it works, {OWNER_SECONDS_MIN} to {OWNER_SECONDS_MAX} seconds (default: 3600)"),
        ("embed_origins", "LIST", "origins of pages that may embed it, such as https://app.example.com"),
    )
    for name, metavar, description in options:
        parser.add_argument(_FLAGS[name], dest=name, default=SUPPRESS, metavar=metavar, help=description)
    parser.set_defaults(check=lambda arguments: _read(parser, arguments))


def _read(parser: ArgumentParser, arguments: Namespace) -> None:
    given = fields_in(arguments, NewDashboardSession)
    lists = dict.fromkeys(("panels", "steps", "embed_origins"), separated)
    arguments.model = read_model(parser, NewDashboardSession, given, _FLAGS, {**lists, "ttl_seconds": whole_number})


def _set_up(target: Target, arguments: Namespace) -> Answer:
    existing = read_viewer_secret(target)
    if existing is not None and not arguments.replace:
        return Answer({"changed": False}, "Dashboards are set up already; --replace ends all sessions.")
    target.connect("ssm").put_parameter(
        Name=_place(target), Value=secrets.token_hex(SECRET_BYTES), Type="SecureString", Overwrite=existing is not None
    )
    return Answer({"changed": True}, "Dashboards are set up. Functions use the secret within five minutes.")


def _open(target: Target, arguments: Namespace) -> Answer:
    secret = read_viewer_secret(target)
    if secret is None:
        raise ControlError("Dashboards are not set up; run: pixelctl dashboard set-up")
    new: NewDashboardSession = arguments.model
    session = new.session(_workspace_of(target, new.website_id))
    url = dashboard_url(target.api_url.rstrip("/"), session, new.embed_origins or (), secret=secret)
    return Answer({"url": url, "expires_at": iso_of_epoch(session.expires_at)}, url)


def _workspace_of(target: Target, website_id: str) -> str:
    query = Query(("owned_website_id", website_id), index_name="by_website")
    found = target.database.query(target.physical_id("WorkspaceTable"), query, items_max=1)
    if not found or DELETED_AT in found[0]:
        raise NotFoundError("website", website_id)
    return str(found[0]["workspace_id"])


def read_viewer_secret(target: Target) -> str | None:
    """Return the secret that signs sessions, or None if it was not stored yet."""
    try:
        response = target.connect("ssm").get_parameter(Name=_place(target), WithDecryption=True)
    except ClientError as failure:
        if error_code(failure) != "ParameterNotFound":
            raise
        return None
    return str(response["Parameter"]["Value"]).strip()


def _place(target: Target) -> str:
    return f"/pixel/{target.name}/{VIEWER_SECRET}"
