"""What a message says, and to whom: mail for the queue of mails, and deliveries to Slack and webhooks.

Whoever is not to be told any more is left out here, at the last moment: recipients that did not confirm or do not want
mail, alerts that ended before quiet hours did.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pixel.automation.facts import Told, read_told
from pixel.aws import queues, tables
from pixel.aws.attributes import Item
from pixel.aws.queues import NotSentError
from pixel.aws.tables import Action, Database
from pixel.foundation.clock import now
from pixel.foundation.observability import count, describe, logger
from pixel.foundation.settings import settings
from pixel.hooks import deliveries
from pixel.mail import recipients
from pixel.mail.compose import compose_confirmation
from pixel.mail.content import Composed
from pixel.mail.mime import to_mime
from pixel.mail.recipients import RecipientState
from pixel.workspaces import messages
from pixel.workspaces.kinds import ALERT, REPORT, RecordKind
from pixel.workspaces.messages import EVERYBODY, Fact, MessageKind, MessageState, Recipient
from pixel.workspaces.store import DELETED_AT, function_store

_NOTICES_MAX: Final = 50
"""Addresses that are told about a destination; more people than that do not look after one workspace."""


def tell(database: Database, table: str, message: Item) -> None:
    """Hand a message that this function has taken on, or end it if nobody is to be told."""
    if message["kind"] == MessageKind.CONFIRM:
        _ask(database, table, message)
    elif message["channel"] == "email" and message["recipient"] == EVERYBODY:
        _spread(database, table, message)
    elif message["channel"] == "email":
        _mail(database, table, message)
    else:
        _hand_to_destinations(database, table, message)


def _mail(database: Database, table: str, message: Item) -> None:
    if not settings().mail_from:
        _drop(database, table, message, "mail_is_off")
        return
    state = recipients.state_of(database, table, message["workspace_id"], message["recipient"])
    if state is not RecipientState.CONFIRMED:
        _drop(database, table, message, f"recipient_{state}")
        return
    told = read_told(database, table, message)
    if told is None:
        _drop(database, table, message, "ended")
        return
    stop_url = recipients.link(message["workspace_id"], message["recipient"], message["record_id"])
    _send(message, told.to_mail(stop_url), stop_url)


def _ask(database: Database, table: str, message: Item) -> None:
    """Send the question whether an address wants mail, unless it has answered or was asked within a week."""
    if not settings().mail_from:
        _drop(database, table, message, "mail_is_off")
        return
    workspace_id, address = message["workspace_id"], message["recipient"]
    if not recipients.may_be_asked(database, table, workspace_id, address):
        _drop(database, table, message, "needs_no_question")
        return
    url = recipients.link(workspace_id, address, message["data"]["record_id"])
    _send(message, compose_confirmation(None, workspace_id, url), None)


def _send(message: Item, composed: Composed, stop_url: str | None) -> None:
    """Put a mail into the queue of mails. If it gets lost there, the message is due again at the end of its lease."""
    mime = to_mime(composed, settings().mail_from, message["recipient"], stop_url, message["id"])
    mail = {
        "workspace_id": message["workspace_id"],
        "message_id": message["id"],
        "due_at": message["due_at"],
        "to": message["recipient"],
        "mime": base64.b64encode(mime).decode(),
    }
    queues.send(settings().mail_queue_url, [json.dumps(mail)])


def _hand_to_destinations(database: Database, table: str, message: Item) -> None:
    """Let deliveries to the destinations of a message take its place, in one transaction."""
    destinations = list(_destinations(message))
    told = read_told(database, table, message) if destinations else None
    if told is None:
        _drop(database, table, message, "ended" if destinations else "no_destination")
        return
    made = [_delivery(message, destination, told) for destination in destinations]
    insertions = (tables.insertion(table, delivery, "workspace_id") for delivery in made)
    if messages.settle(database, table, message, MessageState.HANDED, *insertions):
        deliveries.announce(made)


def _destinations(message: Mapping[str, Any]) -> Iterable[Item]:
    store = function_store()
    if message["channel"] == "slack":
        found = deliveries.find_slack(store, message["workspace_id"], message["recipient"])
        return [] if found is None else [found]
    told_of = message["data"].get("destination_id")  # a destination is not told about itself
    return [
        destination
        for destination in deliveries.subscribers(store, message["workspace_id"], _type_of(message), message.get("website_id"))
        if destination["id"] != told_of
    ]


def _type_of(message: Mapping[str, Any]) -> str:
    of_record = message["kind"] in {MessageKind.ALERT, MessageKind.REPORT}
    return f"{message['kind']}.{message['transition']}" if of_record else str(message["transition"])


def _delivery(message: Item, destination: Item, told: Told) -> Item:
    data = told.to_slack() if destination["kind"] == "slack" else told.event
    return deliveries.new_delivery(
        message["workspace_id"], destination, message["id"], told.event_type, data, now()
    )


def _spread(database: Database, table: str, message: Item) -> None:
    """Let messages to all addresses that get mail from the workspace take the place of one to everybody."""
    addresses = sorted({*_addresses(message["workspace_id"], ALERT), *_addresses(message["workspace_id"], REPORT)})
    fact = Fact(
        MessageKind.NOTICE, message["record_id"], None, message["transition"], message["at"], message["data"]
    )
    made = [
        messages.new_message(message["workspace_id"], fact, Recipient("email", address), now())
        for address in addresses[:_NOTICES_MAX]
    ]
    insertions = (tables.insertion(table, one, "workspace_id") for one in made)
    messages.settle(database, table, message, MessageState.HANDED, *insertions)


def _addresses(workspace_id: str, kind: RecordKind) -> Iterator[str]:
    for record in function_store().list_all(kind, workspace_id):
        if record["channel"] == "email":
            yield from record.get("recipients") or ()


def _drop(database: Database, table: str, message: Item, reason: str) -> None:
    count("MessagesDropped")
    logger.info("message dropped", extra={"message_id": message["id"], "reason": reason})
    messages.settle(database, table, message, MessageState.DROPPED, reason=reason)
