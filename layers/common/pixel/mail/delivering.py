"""The consumer of MailQueue: each mail is given to SES once, as far as that can be known.

A message goes `leased -> sending -> sent`, each step one conditional write. SES has no key by which it recognizes a
mail that it was given before. So where its answer was lost, the message stays `sending`, and is sent again only if
SES's event about it has not come within a quarter of an hour.
"""

import math
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Final, NamedTuple

from pixel.aws import queues, tables
from pixel.aws.attributes import Item
from pixel.aws.conditions import ABSENT, Expected, OneOf
from pixel.aws.json_service import back_off
from pixel.aws.simple_email import MailInDoubtError, MailNotSentError, MailRefusedError, send_mail
from pixel.aws.tables import WriteRefusedError
from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds, from_iso, now, to_iso
from pixel.foundation.container import kept
from pixel.foundation.observability import count, describe, flush_metrics, logger, record_age
from pixel.foundation.settings import settings
from pixel.mail.queued import MESSAGE_TAG, RECIPIENT_TAG, WORKSPACE_TAG, QueuedMail
from pixel.workspaces import messages
from pixel.workspaces.due import LEASE_UNTIL, due_attributes
from pixel.workspaces.messages import MessageState
from pixel.workspaces.recipient_states import address_hash

IN_DOUBT: Final = timedelta(minutes=15)
"""How long SES's event about a mail is waited for before the mail is sent again."""
ATTEMPTS_MAX: Final = 5
CONSUMERS: Final = 2  # MailQueue's MaximumConcurrency, which share the rate
_RATE: Final = 14.0  # SES's for a new account in production
_WRITES_MAX: Final = 3
_TO_BE_SENT: Final = ("pending", "leased")

_last_sent: dict[str, float] = kept({})


class Fate(Enum):
    """What becomes of a message of the queue."""

    DONE = auto()
    LATER = auto()


class _Outcome(NamedTuple):
    fate: Fate
    seconds: int = 0  # until it is tried again


def deliver_mail(event: JsonObject, _context: Any) -> JsonObject:
    """Send a batch of mails and return those that are tried again."""
    records = event["Records"]
    record_age("MailQueueWait", queues.oldest_seconds(records))
    delays: dict[str, int] = {}
    failed: set[str] = set()
    for record in records:
        try:
            outcome = _deliver(QueuedMail.of(record["body"]), queues.receive_count(record))
        except Exception as failure:  # noqa: BLE001 - one mail must not hold up the others
            logger.error("mail could not be delivered", extra=describe(failure))
            outcome = _Outcome(Fate.LATER, queues.retry_delay(queues.receive_count(record), 0))
        if outcome.fate is Fate.LATER:
            failed.add(record["messageId"])
            delays[record["receiptHandle"]] = outcome.seconds
    _put_off(delays)
    logger.info("mail batch processed", messages=len(records), failed=len(failed))
    flush_metrics()
    return queues.batch_item_failures(failed)


def _deliver(mail: QueuedMail, receives: int) -> _Outcome:
    message = tables.database().get(settings().workspace_table, mail.key)
    if message is None:
        return _Outcome(Fate.DONE)  # deleted with its workspace, or older than thirty days
    waiting = _seconds_of_doubt(message)
    if waiting > 0:
        return _Outcome(Fate.LATER, waiting)
    if message["state"] not in (*_TO_BE_SENT, "sending"):
        return _Outcome(Fate.DONE)
    if int(message.get("sendings", 0)) >= ATTEMPTS_MAX:
        _settle(mail, MessageState.FAILED, reason="too_many_attempts")
        return _Outcome(Fate.DONE)
    if not _begin(mail, message):
        return _Outcome(Fate.LATER, 1)  # somebody else has it: what became of it is seen at the next look
    return _send(mail, receives)


def _seconds_of_doubt(message: Item) -> int:
    if message["state"] != "sending":
        return 0
    until: datetime = from_iso(message["sending_at"]) + IN_DOUBT
    return max(0, math.ceil((until - now()).total_seconds()))


def _begin(mail: QueuedMail, message: Item) -> bool:
    """Note that the mail is being sent; whoever else wanted to send it loses."""
    at = now()
    values = {
        "state": "sending",
        "sending_at": to_iso(at),
        "sendings": int(message.get("sendings", 0)) + 1,
        # If the queue loses the mail, it is made again after the time in which an event may come.
        **due_attributes(mail.key["item"], at + 2 * IN_DOUBT),
        LEASE_UNTIL: ABSENT,
    }
    expected: Expected = (
        {"state": "sending", "sending_at": message["sending_at"]}
        if message["state"] == "sending"
        else {"state": OneOf(_TO_BE_SENT)}
    )
    return _write(mail, values, expected)


def _send(mail: QueuedMail, receives: int) -> _Outcome:
    _keep_to_rate()
    tags = {
        MESSAGE_TAG: mail.message_id,
        WORKSPACE_TAG: mail.workspace_id,
        RECIPIENT_TAG: address_hash(mail.recipient),
    }
    try:
        provider_id = send_mail(mail.content, configuration_set=settings().mail_configuration_set, tags=tags)
    except MailNotSentError as failure:
        logger.warning("SES takes no mail now", message_id=mail.message_id, reason=str(failure))
        count("MailsPutOff")
        _write(mail, {"state": "leased", "sendings": 0}, {"state": "sending"})
        return _Outcome(Fate.LATER, queues.retry_delay(receives, 0))
    except MailRefusedError as failure:
        logger.error("SES refused a mail", message_id=mail.message_id, reason=str(failure))
        _settle(mail, MessageState.FAILED, reason=str(failure).rpartition(" ")[2])
        return _Outcome(Fate.DONE)
    except MailInDoubtError as failure:
        logger.error("a mail may have been sent", message_id=mail.message_id, reason=str(failure))
        count("MailsInDoubt")
        return _Outcome(Fate.LATER, math.ceil(IN_DOUBT.total_seconds()))
    _settle(mail, MessageState.SENT, provider_id=provider_id, sent_at=to_iso(now()))
    return _Outcome(Fate.DONE)


def _settle(mail: QueuedMail, state: MessageState, **noted: str) -> None:
    """End a message, unless SES's event about it has come first, which says the same."""
    count({MessageState.SENT: "MailsSent", MessageState.FAILED: "MailsFailed"}[state])
    database, table = tables.database(), settings().workspace_table
    message = database.get(table, mail.key)
    if message is not None:
        messages.settle(database, table, message, state, **noted)


def _write(mail: QueuedMail, values: dict[str, object], expected: Expected) -> bool:
    """Change the message if it meets the condition. A write that meets another one is repeated."""
    action = tables.change(settings().workspace_table, mail.key, values, expected)
    for attempt in range(1, _WRITES_MAX + 1):
        try:
            tables.database().transact(action)
        except WriteRefusedError as failure:
            if failure.refused or attempt == _WRITES_MAX:
                return False
            back_off(attempt)
        else:
            return True
    return False


def _keep_to_rate(sleep: Callable[[float], None] = time.sleep) -> None:
    """Wait until the share of this consumer in the account's rate allows another mail."""
    rate = float(settings().send_rate or _RATE) / CONSUMERS
    early = _last_sent.get("at", 0.0) + 1 / rate - epoch_seconds()
    if early > 0:
        sleep(min(early, 1 / rate))
    _last_sent["at"] = epoch_seconds()


def _put_off(delays: dict[str, int]) -> None:
    if not delays:
        return
    try:
        queues.change_visibility(settings().mail_queue_url, delays)
    except Exception as failure:  # noqa: BLE001 - the queue delivers them again anyway
        logger.warning("mails could not be put off", extra=describe(failure))
