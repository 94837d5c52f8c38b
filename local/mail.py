"""The mail of the embedded stack: what SES takes is kept as files, and its events are published as AWS would.

Addresses of Amazon's mailbox simulator bounce or complain. Nothing leaves this machine.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError

from local.aws.arrivals import MAIL_PATH, Arrivals
from local.aws.clients import client

FOLDER: Final = "mail"
_REST_SECONDS: Final = 0.5
_SIMULATOR: Final = "simulator.amazonses.com"
_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z-[\w-]{1,80}", re.ASCII)


class KeptMail(NamedTuple):
    """A mail that was sent: its name, which begins with the time, and its file."""

    name: str
    file: Path


class MailKeeper:
    """Takes mails from the AWS server, saves them, and tells the stack's topic what became of them."""

    def __init__(self, folder: Path, endpoint: str, arrivals: Arrivals, topic_arn: str | None) -> None:
        self._folder = folder / FOLDER
        self._endpoint = endpoint
        self._arrivals = arrivals
        self._topic_arn = topic_arn
        self._taken = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
            while True:
                await self._arrivals.of_mail(self._taken)
                try:
                    await self._take(session)
                except (aiohttp.ClientError, BotoCoreError, ClientError, TimeoutError):
                    await asyncio.sleep(_REST_SECONDS)  # the next time may succeed

    async def _take(self, session: aiohttp.ClientSession) -> None:
        url = f"{self._endpoint}{MAIL_PATH}?after={self._taken}"
        async with session.get(url) as answer:
            mails: list[dict[str, Any]] = await answer.json()
        for mail in mails:
            save(self._folder, mail)
            if self._topic_arn is not None:
                for event in events_of(mail):
                    await asyncio.to_thread(publish, self._endpoint, self._topic_arn, event)
            self._taken += 1


def save(folder: Path, mail: dict[str, Any]) -> Path:
    """Write a mail as a file that mail programs open, and return it."""
    file = folder / f"{mail['sent_at'].replace(':', '')}-{mail['id']}.eml"
    file.write_bytes(mail["mime"].encode())
    return file


def events_of(mail: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the events that SES publishes about a mail."""
    about = {
        "timestamp": mail["sent_at"],
        "messageId": mail["id"],
        "source": mail["source"],
        "destination": mail["destinations"],
        "tags": mail["tags"],
    }
    yield {"eventType": "Send", "mail": about, "send": {}}
    for address in mail["destinations"]:
        name, _, domain = address.strip("<>").rpartition("@")
        if domain != _SIMULATOR:
            continue
        recipients = [{"emailAddress": address}]
        if name.startswith("bounce"):
            bounce = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": recipients}
            yield {"eventType": "Bounce", "mail": about, "bounce": bounce}
        elif name.startswith("complaint"):
            yield {"eventType": "Complaint", "mail": about, "complaint": {"complainedRecipients": recipients}}


def publish(endpoint: str, topic_arn: str, event: dict[str, Any]) -> None:
    client("sns", endpoint).publish(TopicArn=topic_arn, Message=json.dumps(event))


def verify_sender(endpoint: str, mail_from: str) -> None:
    """Make SES take mail from an address, as an operator does once by DNS."""
    domain = mail_from.strip().rstrip(">").rpartition("@")[2]
    ses = client("sesv2", endpoint)
    with suppress(ses.exceptions.AlreadyExistsException):
        ses.create_email_identity(EmailIdentity=domain)


def mails_in(folder: Path) -> list[KeptMail]:
    """Return the mails that were kept, the newest first."""
    files = sorted((folder / FOLDER).glob("*.eml"), reverse=True)
    return [KeptMail(file.stem, file) for file in files if _NAME.fullmatch(file.stem)]


def mail_named(folder: Path, name: str) -> KeptMail | None:
    """Return the mail with this name, or None if there is none."""
    file = folder / FOLDER / f"{name}.eml"
    return KeptMail(name, file) if _NAME.fullmatch(name) and file.is_file() else None
