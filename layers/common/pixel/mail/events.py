"""The consumer of MailEventsQueue: what SES says, by SNS, became of mails.

A Send event settles a message whose answer was lost. A bounce or a complaint ends mail to that address, in that
workspace alone. The address itself is never read: the mail's tags have its hash.
"""

import json
from typing import Any, Final

from pixel.aws import queues, tables
from pixel.aws.tables import WriteRefusedError
from pixel.foundation import JsonObject
from pixel.foundation.clock import from_iso, to_iso
from pixel.foundation.observability import count, describe, flush_metrics, logger
from pixel.foundation.settings import settings
from pixel.mail.queued import MESSAGE_TAG, RECIPIENT_TAG, WORKSPACE_TAG
from pixel.mail.recipients import change_state
from pixel.workspaces import messages
from pixel.workspaces.due import MESSAGE_PREFIX
from pixel.workspaces.messages import MessageState
from pixel.workspaces.recipient_states import RecipientState

_ENDS: Final[dict[str, RecipientState]] = {"Bounce": "bounced", "Complaint": "complained"}
_METRICS: Final = {"Bounce": "MailsBounced", "Complaint": "MailsComplained"}


def mail_events(event: JsonObject, _context: Any) -> JsonObject:
    """Note a batch of events and return those that are tried again."""
    failed = set()
    for record in event["Records"]:
        try:
            _note(_event_of(record["body"]))
        except Exception as failure:  # noqa: BLE001 - one event must not hold up the others
            logger.error("mail event could not be noted", extra=describe(failure))
            failed.add(record["messageId"])
    logger.info("mail events processed", messages=len(event["Records"]), failed=len(failed))
    flush_metrics()
    return queues.batch_item_failures(failed)


def _event_of(body: str) -> JsonObject:
    """Return SES's event, with the envelope of SNS or without."""
    content: JsonObject = json.loads(body)
    if "Message" in content and "TopicArn" in content:
        content = json.loads(content["Message"])
    return content


def _note(event: JsonObject) -> None:
    kind = event.get("eventType")
    tags = {name: values[0] for name, values in event.get("mail", {}).get("tags", {}).items() if values}
    if MESSAGE_TAG not in tags or WORKSPACE_TAG not in tags:
        logger.info("a mail event is about no mail of this deployment", kind=str(kind))
        return
    if kind == "Send":
        _note_sent(event, tags)
    elif kind == "Complaint" or (kind == "Bounce" and event["bounce"]["bounceType"] == "Permanent"):
        count(_METRICS[kind])
        change_state(tags[WORKSPACE_TAG], tags[RECIPIENT_TAG], _ENDS[kind])
        _change(tags, {"outcome": _ENDS[kind]}, {})


def _note_sent(event: JsonObject, tags: dict[str, str]) -> None:
    database, table = tables.database(), settings().workspace_table
    message = database.get(table, messages.message_key(tags[WORKSPACE_TAG], tags[MESSAGE_TAG]))
    if message is not None:
        told = {"sent_at": to_iso(from_iso(event["mail"]["timestamp"])), "provider_id": event["mail"]["messageId"]}
        messages.settle(database, table, message, MessageState.SENT, **told)


def _change(tags: dict[str, str], values: dict[str, object], expected: dict[str, object]) -> None:
    """Change the message, unless it is gone or has been settled otherwise."""
    key = {"workspace_id": tags[WORKSPACE_TAG], "item": f"{MESSAGE_PREFIX}{tags[MESSAGE_TAG]}"}
    condition = {"id": tags[MESSAGE_TAG], **expected}
    try:
        tables.database().transact(tables.change(settings().workspace_table, key, values, condition))
    except WriteRefusedError as failure:
        if not failure.refused:
            raise  # another write was faster; its turn comes again
