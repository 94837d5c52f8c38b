"""pixelctl dashboard: the secret that signs sessions, and the address of a website's dashboard."""

import secrets

import click
from botocore.exceptions import ClientError

from pixel.aws.tables import Query
from pixel.dashboard.owner_sessions import NewDashboardSession, dashboard_url
from pixel.dashboard.sessions import OWNER_SECONDS_MAX, OWNER_SECONDS_MIN
from pixel.dashboard.signing import SECRET_BYTES, VIEWER_SECRET
from pixel.foundation.clock import iso_of_epoch
from pixel.workspaces.errors import NotFoundError
from pixel.workspaces.kinds import PANELS
from pixel.workspaces.store import DELETED_AT
from pixelctl.commands.command import Group, read_model, separated, whole_number
from pixelctl.failures import ControlError, error_code
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
    existing = read_viewer_secret(target)
    if existing is not None and not replace:
        return Answer({"changed": False}, "Dashboards are set up already; --replace ends all sessions.")
    target.connect("ssm").put_parameter(
        Name=_place(target), Value=secrets.token_hex(SECRET_BYTES), Type="SecureString", Overwrite=existing is not None
    )
    return Answer({"changed": True}, "Dashboards are set up. Functions use the secret within five minutes.")


@dashboard.command(
    "open",
    examples=("dashboard open admx_...", "dashboard open admx_... --ttl-seconds 900 --panels summary,series"),
)
@click.argument("website_id", metavar="WEBSITE_ID", help="admx_...")
@click.option("--panels", metavar="LIST", help=f"Some of {', '.join(PANELS)} (default: all).")
@click.option("--steps", metavar="LIST", help="2 to 10 steps of the funnel, such as /pricing,goal:signup,payment.")
@click.option(
    "--ttl-seconds",
    metavar="N",
    help=f"How long it works, {OWNER_SECONDS_MIN} to {OWNER_SECONDS_MAX} seconds (default: 3600).",
)
@click.option(
    "--embed-origins", metavar="LIST", help="Origins of pages that may embed it, such as https://app.example.com."
)
@click.pass_obj
def _open(call: Invocation, /, **given: object) -> Answer:
    """Print the address of a website's dashboard, which shows it to everybody who has it."""
    new = read_model(NewDashboardSession, given, {**_LISTS, "ttl_seconds": whole_number})
    target = connect(call)
    secret = read_viewer_secret(target)
    if secret is None:
        raise ControlError("Dashboards are not set up; run: pixelctl dashboard set-up")
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
