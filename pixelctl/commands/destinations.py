"""pixelctl destination: what destinations have beside other records: secrets, test messages and a log."""

import click

from pixel.hooks.delivery_log import newest_deliveries, send_again
from pixel.hooks.destination_routes import ping
from pixel.hooks.destinations import DESTINATIONS, SecretRotation
from pixel.workspaces.deliveries import STATES, to_response
from pixel.workspaces.destination_kind import DESTINATION
from pixelctl.commands.command import read_model, workspace_argument
from pixelctl.commands.expiry import parse_duration
from pixelctl.commands.record_groups import destination
from pixelctl.invocation import Invocation
from pixelctl.output import Answer, table
from pixelctl.target import connect

__all__ = ["destination"]

_SHOWN = 100
_COLUMNS = ("id", "created_at", "type", "destination_id", "state", "tries", "status", "error", "next_at")

_destination_argument = click.argument("record_id", metavar="DEST_ID", help="dest_...")


@destination.command("test", examples=["destination test ws_... dest_..."])
@workspace_argument
@_destination_argument
@click.pass_obj
def _test(call: Invocation, workspace_id: str, record_id: str) -> Answer:
    """Send a test message to a destination, within a minute."""
    store = connect(call).store
    delivery = ping(store, store.find(DESTINATION, workspace_id, record_id))
    log = call.again("destination deliveries", workspace_id, f"--destination {record_id}")
    return Answer({"delivery_id": delivery["id"]}, f"{delivery['id']} is due. See what came of it with: {log}")


@destination.command(
    "rotate",
    examples=["destination rotate ws_... dest_...", "destination rotate ws_... dest_... --grace 0s"],
)
@workspace_argument
@_destination_argument
@click.option(
    "--grace", "grace_seconds", metavar="FOR", help="How long the old secret signs too, up to 7d (default: 24h)."
)
@click.pass_obj
def _rotate(call: Invocation, workspace_id: str, record_id: str, grace_seconds: str | None) -> Answer:
    """Replace the secret of a webhook, and show the new one once."""
    seconds = {"grace_seconds": lambda text: int(parse_duration(text).total_seconds())}
    rotation = read_model(SecretRotation, {"grace_seconds": grace_seconds}, seconds)
    found = DESTINATIONS.rotate_secret(connect(call).store, workspace_id, record_id, rotation)
    text = f"{found.secret}\n\nKeep this now: it is not shown again. Until {found.previous_valid_until}, both sign."
    return Answer(found._asdict(), text)


@destination.command(
    "deliveries",
    examples=["destination deliveries ws_...", "destination deliveries ws_... --state failed --destination dest_..."],
)
@workspace_argument
@click.option("--state", type=click.Choice(STATES), help="Only deliveries in this state.")
@click.option("--destination", "destination_id", metavar="DEST_ID", help="Only deliveries to this destination.")
@click.option("--message", "message_id", metavar="MESSAGE_ID", help="Only deliveries of this message.")
@click.pass_obj
def _deliveries(call: Invocation, /, workspace_id: str, **filters: str | None) -> Answer:
    """Show the last deliveries of a workspace, newest first."""
    store = connect(call).store
    store.require_workspace(workspace_id)
    where = {name: value for name, value in filters.items() if value is not None}
    rows = [to_response(item) for item in newest_deliveries(store, workspace_id, where, number=_SHOWN)]
    none = {"status": None, "error": None}
    lines = [{**row, **(row["attempts"] or [none])[-1], "tries": len(row["attempts"])} for row in rows]
    return Answer(rows, table(lines, _COLUMNS) if rows else "No deliveries yet.")


@destination.command("redeliver", examples=["destination redeliver ws_... dlv_..."])
@workspace_argument
@click.argument("delivery_id", metavar="DELIVERY_ID", help="dlv_...")
@click.pass_obj
def _redeliver(call: Invocation, workspace_id: str, delivery_id: str) -> Answer:
    """Send a delivery again, under the same message id, within a minute."""
    delivery = send_again(connect(call).store, workspace_id, delivery_id)
    return Answer({"delivery_id": delivery["id"]}, f"{delivery['id']} is due again.")
