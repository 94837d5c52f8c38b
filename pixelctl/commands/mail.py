"""pixelctl mail: the secret of links in mail, and who may be sent mail."""

import secrets
from typing import Final, get_args

import click

from pixel.foundation.clock import now, to_iso
from pixel.mail.links import MAIL_SECRET, SECRET_BYTES
from pixel.workspaces.recipient_states import RECIPIENT_PREFIX, RecipientState, address_hash
from pixel.workspaces.workspace import find_workspace
from pixelctl.commands.command import Group, workspace_argument
from pixelctl.commands.function_secrets import read_secret, store_secret
from pixelctl.invocation import Invocation
from pixelctl.output import Answer
from pixelctl.target import connect

_STATES: Final = get_args(RecipientState)

mail = Group("mail")


@mail.command("set-up", examples=("mail set-up",))
@click.option("--replace", is_flag=True, help="Store a new one; links in mail that was sent stay valid.")
@click.pass_obj
def _set_up(call: Invocation, *, replace: bool) -> Answer:
    """Store the secret that signs the links in mail, if there is none yet."""
    target = connect(call)
    existing = read_secret(target, MAIL_SECRET)
    if existing is not None and not replace:
        return Answer({"changed": False}, "Links in mail are set up already; --replace stores a new secret.")
    former = existing.split()[:1] if existing else []
    value = " ".join([secrets.token_hex(SECRET_BYTES), *former])
    store_secret(target, MAIL_SECRET, value, replace=existing is not None)
    return Answer({"changed": True}, "Links in mail are set up. Functions use the secret within five minutes.")


@mail.command(
    "recipient",
    examples=(
        "mail recipient ws_... ann@example.com",
        "mail recipient ws_... ann@example.com --state confirmed",
    ),
)
@workspace_argument
@click.argument("address", metavar="ADDRESS", help="Such as ann@example.com; its case does not matter.")
@click.option("--state", type=click.Choice(_STATES), help="Put it into this state, such as after a bounce was mended.")
@click.pass_obj
def _recipient(call: Invocation, workspace_id: str, address: str, state: str | None) -> Answer:
    """Show what an address is to a workspace, or change it.

    Without an entry, an address of a domain in MailDomains gets mail at once, and any other is asked first. An address
    that complained gets mail again only by this command: do so only if its owner asks for it.
    """
    target = connect(call)
    find_workspace(target.store, workspace_id)
    key = {"workspace_id": workspace_id, "item": f"{RECIPIENT_PREFIX}{address_hash(address)}"}
    if state is not None:
        values = {"state": state, "changed_at": to_iso(now())}
        target.database.set_attributes(target.physical_id("WorkspaceTable"), key, values)
    item = target.database.get(target.physical_id("WorkspaceTable"), key)
    found = None if item is None else item["state"]
    since = "" if item is None else f" since {item['changed_at']}"
    return Answer({"state": found, "changed": state is not None}, f"{found or 'There is no entry.'}{since}")
