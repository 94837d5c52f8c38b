"""Everything around the functions of automation: tables and queues in memory, a warehouse, SES, webhooks and a clock.

The functions are the real ones. Whatever they ask of others is a step, before and after which a function can be killed.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from pixel.automation import alert_values, facts, measuring
from pixel.automation.composing import compose_message
from pixel.automation.evaluating import evaluate_alerts
from pixel.automation.formulas import Value
from pixel.automation.tick import tick
from pixel.aws import queues
from pixel.aws import tables as aws_tables
from pixel.aws.simple_email import MailInDoubtError
from pixel.aws.tables import Database
from pixel.foundation import JsonObject, clock, container
from pixel.hooks import sending
from pixel.hooks.calling import Answer
from pixel.hooks.sending import deliver_hook
from pixel.mail import delivering, links
from pixel.mail.delivering import deliver_mail
from pixel.mail.events import mail_events
from pixel.mail.queued import MESSAGE_TAG, RECIPIENT_TAG
from pixel.workspaces.alert_windows import Bounds
from pixel.workspaces.deliveries import secret_key
from pixel.workspaces.destination_kind import DESTINATION
from pixel.workspaces.due import DUE_INDEX
from pixel.workspaces.models import checked
from pixel.workspaces.rules import Rules
from pixel.workspaces.store import Store, function_store
from pixel.workspaces.website_kind import WEBSITE
from tests.environment import CLAIMS_TABLE, KEYS_TABLE, SECRETS_TABLE, WORKSPACE_TABLE
from tests.memory_tables import Index, MemoryTables
from tests.unit.mail.given import weekly

WS = "ws_1"
WEBSITE_ID = "admx_1"
_HANDLERS: Mapping[str, Callable[..., JsonObject]] = {
    "alerts": evaluate_alerts,
    "messages": compose_message,
    "mails": deliver_mail,
    "hooks": deliver_hook,
    "events": mail_events,
}
_ROUNDS_MAX = 200
_CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 120_000)


class Killed(BaseException):
    """The process of a function has ended in the middle."""


class Step(NamedTuple):
    """What a function asks of others, and whether it is before or after that has happened."""

    name: str
    is_after: bool


class Sent(NamedTuple):
    """What somebody outside has got: the message's id and the receiver."""

    message_id: str
    receiver: str


class World:
    """Tables, queues and receivers. What functions send stays in `queues`, by the last part of the address."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.memory = MemoryTables(
            {
                WORKSPACE_TABLE: ("workspace_id", "item"),
                KEYS_TABLE: ("key_hash",),
                CLAIMS_TABLE: ("claim",),
                SECRETS_TABLE: ("workspace_id", "destination_id"),
            },
            {DUE_INDEX: Index("due_shard", "due_at")},
        )
        self.database = Database(self)
        self.now = datetime(2026, 3, 4, 5, 6, 10, tzinfo=UTC)
        self.queues: defaultdict[str, list[str]] = defaultdict(list)
        self.spilled = 0
        self.steps = 0
        self.unsaid: str | None = None
        """Who has said yes outside without a write that says so: "ses" or "hook"."""
        self.on_step: Callable[[Step], None] = lambda _step: None
        self.value: Callable[[str, str, Bounds], float] = lambda _website, _metric, _bounds: 0.0
        self.queries = 0
        self.mails: Counter[Sent] = Counter()
        self.events_get_lost = False
        self.hooks: Counter[Sent] = Counter()
        self.hook_bodies: list[JsonObject] = []
        self.hook_status: Callable[[str], int] = lambda _url: 200
        self.killed = 0
        self.delivered_again = {"events"}
        """Queues whose messages come again after a function that had them was killed. Those of others are hints."""
        monkeypatch.setattr(clock, "time", SimpleNamespace(time=self._time))
        monkeypatch.setattr(aws_tables, "database", self._database)
        monkeypatch.setattr(queues, "send", self._send)
        monkeypatch.setattr(queues, "waiting", self._waiting)
        monkeypatch.setattr(queues, "change_visibility", lambda *_: None)
        for module in (measuring, alert_values):
            monkeypatch.setattr(module, "read_values", self._read_values)
        monkeypatch.setattr(facts, "report_numbers", self._report_numbers)
        monkeypatch.setattr(links, "read_secret", _secret)
        monkeypatch.setattr(delivering, "send_mail", self._send_mail)
        monkeypatch.setattr(delivering, "_keep_to_rate", _nothing)
        monkeypatch.setattr(sending, "call", self._call_hook)
        monkeypatch.setattr(sending, "seconds_until_turn", lambda *_, **__: 0.0)

    @property
    def store(self) -> Store:
        return function_store()

    def call(self, operation: str, payload: JsonObject, *, idempotent: bool) -> JsonObject:
        """Call the tables, in the place of `JsonService`."""
        return self._step(
            f"dynamodb {operation}",
            partial(self.memory.call, operation, payload, idempotent=idempotent),
        )

    def add_website(self, website_id: str = WEBSITE_ID, workspace_id: str = WS, **fields: Any) -> None:
        """Write a website, and its workspace."""
        self.database.put(WORKSPACE_TABLE, {"workspace_id": workspace_id, "item": "META", "id": workspace_id})
        website = {
            **WEBSITE.key(workspace_id, website_id),
            "id": website_id,
            "domain": f"{website_id}.example.com",
            "name": f"Site {website_id}",
            "timezone": "Europe/Berlin",
            "currency": "EUR",
            "created_at": "2026-01-01T00:00:00Z",
            "revision": 1,
            **fields,
        }
        self.database.put(WORKSPACE_TABLE, website)

    def add(self, rules: Rules, *, website_id: str = WEBSITE_ID, record_id: str | None = None, **given: Any) -> str:
        """Create a record of a website, and return its id."""
        new = checked(rules.new, {"website_id": website_id, **given})
        return str(rules.create(self.store, WS, new, record_id=record_id)["id"])

    def add_destination(self, name: str, kind: str = "webhook", **fields: Any) -> str:
        """Write a destination that is told of everything, and return its id."""
        found = f"dest_{name.strip('#')}"
        item = {
            **DESTINATION.defaults,
            **DESTINATION.key(WS, found),
            "id": found,
            "kind": kind,
            "name": name,
            "enabled": True,
            "failing_since": None,
            "revision": 1,
            "created_at": "2026-01-01T00:00:00Z",
            **fields,
        }
        host = "hooks.slack.com" if kind == "slack" else "hooks.example.com"
        secrets = {"url": f"https://{host}/services/{name.strip('#')}", "secret": "whsec_" + "a" * 43 + "="}
        self.database.put(WORKSPACE_TABLE, item)
        self.database.put(SECRETS_TABLE, {**secret_key(WS, found), **secrets})
        claim = {"workspace_id": WS, "item": f"DESTNAME#{name.casefold()}", "destination_id": found}
        self.database.put(WORKSPACE_TABLE, claim)
        return found

    def items(self, prefix: str, workspace_id: str = WS) -> list[dict[str, Any]]:
        """Return the items whose sort keys begin with a prefix."""
        query = aws_tables.Query(("workspace_id", workspace_id), ("item", prefix))
        return self.database.query(WORKSPACE_TABLE, query)

    def forget_what_is_due(self) -> None:
        """Delete the due items of alerts and reports."""
        for item in self.items("DUE#"):
            key = {"workspace_id": item["workspace_id"], "item": item["item"]}
            self.database.transact(aws_tables.deletion(WORKSPACE_TABLE, key, {}))

    def take(self, queue: str) -> list[str]:
        """Return the messages of a queue, which is empty then."""
        taken, self.queues[queue] = self.queues[queue], []
        return taken

    def minute(self, at: datetime) -> None:
        """Let a minute begin: the schedule calls its function, and consumers are called until no message waits."""
        self.now = at
        self._invoke(lambda: tick({"time": clock.to_iso(at)}, None))
        self.settle()

    def settle(self) -> None:
        """Call consumers until no message waits."""
        for _ in range(_ROUNDS_MAX):
            waiting = {name: self.take(name) for name in _HANDLERS if self.queues[name]}
            if not waiting:
                return
            for name, bodies in waiting.items():
                if not self._invoke(partial(_HANDLERS[name], batch(bodies), _CONTEXT)) and name in self.delivered_again:
                    self.queues[name] += bodies
        raise AssertionError("messages never end")

    def minutes(self, start: datetime, end: datetime) -> None:
        """Let each minute from one time until another begin. One at which nothing is due is passed over."""
        at = start
        while at <= end:
            if self.memory.is_due(DUE_INDEX, clock.to_iso(at)):
                self.minute(at)
            at += timedelta(minutes=1)

    def _invoke(self, function: Callable[[], JsonObject]) -> bool:
        """Call a function, and return False if it was killed: what it had in memory is lost."""
        try:
            function()
        except Killed:
            self.killed += 1
            self.unsaid = None
            container.forget_all()
            return False
        return True

    def _step[Result](self, name: str, act: Callable[[], Result]) -> Result:
        self.steps += 1
        self.on_step(Step(name, is_after=False))
        result = act()
        if name in ("ses", "hook"):
            self.unsaid = name
        elif name == "dynamodb TransactWriteItems":
            self.unsaid = None
        self.on_step(Step(name, is_after=True))
        return result

    def _send(self, queue_url: str, bodies: Sequence[str], *, delay_seconds: int = 0) -> None:
        del delay_seconds
        name = queue_url.rpartition("/")[2]
        self._step(f"sqs {name}", lambda: self.queues[name].extend(bodies))

    def _time(self) -> float:
        return self.now.timestamp()

    def _database(self) -> Database:
        return self.database

    def _waiting(self, queue_url: str) -> int:
        return len(self.queues[queue_url.rpartition("/")[2]]) or self.spilled

    def _read_values(
        self, _workspace_id: str, windows: Mapping[str, Iterable[Bounds]], metric: str, _filters: Mapping[str, str]
    ) -> dict[str, dict[Bounds, Value]]:
        def read() -> dict[str, dict[Bounds, Value]]:
            self.queries += 1
            return {
                website: {bounds: Value(found := self.value(website, metric, bounds), found) for bounds in asked}
                for website, asked in windows.items()
            }

        return self._step("tinybird", read)

    def _report_numbers(self, *_: Any, **__: Any) -> Any:
        return self._step("tinybird", weekly)

    def _send_mail(self, _mail: bytes, *, configuration_set: str, tags: Mapping[str, str]) -> str:
        del configuration_set
        sent = Sent(tags[MESSAGE_TAG], tags[RECIPIENT_TAG])

        def take() -> str:
            self.mails[sent] += 1
            if not self.events_get_lost:
                event = {
                    "eventType": "Send",
                    "mail": {
                        "timestamp": clock.to_iso(self.now),
                        "messageId": "ses-1",
                        "tags": {name: [value] for name, value in tags.items()},
                    },
                }
                self.queues["events"].append(json.dumps(event))
            return "ses-1"

        return self._step("ses", take)

    def _call_hook(self, place: Any, headers: Mapping[str, str], body: bytes, **_: Any) -> Answer:
        def take() -> Answer:
            sent = Sent(headers.get("webhook-id", ""), str(place.target))
            self.hooks[sent] += 1
            self.hook_bodies.append(json.loads(body))
            status = self.hook_status(str(place.target))
            return Answer(status, None, "", 1)

        return self._step("hook", take)


def _nothing() -> None:
    """Do nothing, in the place of a pause."""


def _secret(_name: str) -> str:
    return "a secret"


def in_doubt(_step: Step) -> None:
    """Let SES's answer get lost."""
    raise MailInDoubtError("ses SendEmail: ReadTimeoutError")


def batch(bodies: Sequence[str]) -> dict[str, Any]:
    """Return the event of a consumer for some messages."""
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": "1767225600000"}
    return {
        "Records": [
            {"messageId": str(number), "receiptHandle": str(number), "body": body, "attributes": attributes}
            for number, body in enumerate(bodies)
        ]
    }


def at(text: str) -> datetime:
    """Return the instant that an ISO text says."""
    return datetime.fromisoformat(text)


def set_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    """Declare the queues of automation, whose addresses end in their names."""
    for name in ("alert", "message", "mail", "hook"):
        monkeypatch.setenv(f"PIXEL_{name.upper()}_QUEUE_URL", f"https://sqs.example.com/1/{name}s")
