"""What a message says, and to whom: mail for the queue of mails, and deliveries to Slack and webhooks.

Whoever is not to be told any more is left out here, at the last moment: recipients that did not confirm or do not want
mail, alerts that ended before quiet hours did.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pixel.automation.facts import Told, read_told
from pixel.aws import queues, tables
from pixel.aws.attributes import Item
from pixel.aws.tables import Action, Database
from pixel.foundation.clock import now
from pixel.foundation.observability import count, logger
from pixel.foundation.settings import settings
from pixel.hooks.dispatching import dispatch
from pixel.mail import recipients
from pixel.mail.compose import compose_confirmation
from pixel.mail.content import Composed
from pixel.mail.links import MailLink, Purpose, mail_url
from pixel.mail.mime import to_mime
from pixel.mail.queued import QueuedMail
from pixel.mail.recipients import Admission
from pixel.workspaces import deliveries, listeners, messages
from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.following import question_for
from pixel.workspaces.messages import EVERYBODY, Fact, MessageKind, MessageState, Recipient
from pixel.workspaces.recipient_states import address_hash
from pixel.workspaces.record_kind import RecordKind
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.store import function_store, meta_key

_NOTICES_MAX: Final = 50
"""Addresses that are told about a destination; more people than that do not look after one workspace."""


def tell(database: Database, table: str, message: Item) -> None:
    """Hand a message that this function has taken on, or end it if nobody is to be told."""
    if message["channel"] != "email":
        _hand_to_destinations(database, table, message)
    elif message["recipient"] == EVERYBODY:
        _spread(database, table, message)
    elif not settings().mail_from and message["kind"] == MessageKind.CONFIRM:
        # Without a trace, so that the same question can be asked as soon as mail is on.
        database.transact(tables.deletion(table, _key_of(message), {"due_at": message["due_at"]}))
    elif not settings().mail_from:
        _drop(database, table, message, "mail_is_off")
    elif message["kind"] == MessageKind.CONFIRM:
        _ask(database, table, message)
    else:
        _mail(database, table, message)


def _mail(database: Database, table: str, message: Item) -> None:
    workspace_id, address = message["workspace_id"], message["recipient"]
    admission = recipients.admit(workspace_id, address, now()).admission
    if admission is not Admission.SEND:
        asked = question_for(database, table, message, address) if admission is Admission.ASK else []
        _drop(
            database, table, message, "recipient_refused" if admission is Admission.REFUSE else "not_confirmed", *asked
        )
        return
    told = read_told(database, table, message)
    if told is None:
        _drop(database, table, message, "ended")
        return
    url = mail_url(MailLink(Purpose.STOP, workspace_id, address_hash(address), message["record_id"]))
    _send(database, table, message, told.to_mail(url), url)


def _ask(database: Database, table: str, message: Item) -> None:
    """Send the question whether an address wants mail, unless it has answered or was asked within a week."""
    workspace_id, address = message["workspace_id"], message["recipient"]
    if not message.get("is_asking"):
        admitted = recipients.admit(workspace_id, address, now())
        if admitted.asking is None:
            _drop(database, table, message, "needs_no_question")
            return
        # In one transaction with the note that this message asks, so that it still does if this function dies.
        noted = tables.change(table, _key_of(message), {"is_asking": True}, {"due_at": message["due_at"]})
        database.transact(admitted.asking, noted)
    url = mail_url(MailLink(Purpose.CONFIRM, workspace_id, address_hash(address), message["data"]["record_id"]))
    workspace = database.get(table, meta_key(workspace_id)) or {}
    _send(database, table, message, compose_confirmation(None, workspace.get("name") or workspace_id, url), None)


def _send(database: Database, table: str, message: Item, composed: Composed, stop_url: str | None) -> None:
    """Put a mail into the queue of mails. If it gets lost there, the message is due again at the end of its lease."""
    mail = to_mime(composed, settings().mail_from, message["recipient"], stop_url, message["id"])
    queued = QueuedMail(message["workspace_id"], message["id"], message["recipient"], mail)
    queues.send(settings().mail_queue_url, [queued.to_body()])
    messages.keep_leased(database, table, message)


def _hand_to_destinations(database: Database, table: str, message: Item) -> None:
    """Let deliveries to the destinations of a message take its place, in one transaction."""
    destinations = _destinations(message)
    told = read_told(database, table, message) if destinations else None
    if told is None:
        _drop(database, table, message, "ended" if destinations else "no_destination")
        return
    made = [_delivery(message, destination, told) for destination in destinations]
    insertions = (tables.insertion(table, delivery, "workspace_id") for delivery in made)
    if messages.settle(database, table, message, MessageState.HANDED, *insertions):
        dispatch(made)


def _destinations(message: Mapping[str, Any]) -> Sequence[Item]:
    store, workspace_id = function_store(), message["workspace_id"]
    if message["channel"] == "slack":
        found = listeners.find_slack(store, workspace_id, message["recipient"])
        return [] if found is None else [found]
    event_type = f"{message['kind']}.{message['transition']}"
    return listeners.subscribers(store, workspace_id, event_type, message["website_id"])


def _delivery(message: Item, destination: Item, told: Told) -> Item:
    data = told.to_slack() if destination["kind"] == listeners.SLACK else told.event
    return deliveries.new_delivery(message["workspace_id"], destination, message["id"], told.event_type, data, now())


def _spread(database: Database, table: str, message: Item) -> None:
    """Let messages to all addresses that get mail from the workspace take the place of one to everybody."""
    workspace_id = message["workspace_id"]
    addresses = sorted({*_addresses(workspace_id, ALERT), *_addresses(workspace_id, REPORT)})
    fact = Fact(MessageKind.NOTICE, message["record_id"], None, message["transition"], message["at"], message["data"])
    made = [
        messages.new_message(workspace_id, fact, Recipient("email", address), now())
        for address in addresses[:_NOTICES_MAX]
    ]
    insertions = (tables.insertion(table, one, "workspace_id") for one in made)
    messages.settle(database, table, message, MessageState.HANDED, *insertions)


def _addresses(workspace_id: str, kind: RecordKind) -> Iterator[str]:
    store = function_store()
    for listed in store.list_live(kind, workspace_id, where={"channel": "email"}):
        yield from store.find(kind, workspace_id, listed["id"]).get("recipients") or ()


def _drop(database: Database, table: str, message: Item, reason: str, *more: Action) -> None:
    count("MessagesDropped")
    logger.info("message dropped", extra={"message_id": message["id"], "reason": reason})
    messages.settle(database, table, message, MessageState.DROPPED, *more, reason=reason)


def _key_of(message: Mapping[str, Any]) -> dict[str, str]:
    return messages.message_key(message["workspace_id"], message["id"])
