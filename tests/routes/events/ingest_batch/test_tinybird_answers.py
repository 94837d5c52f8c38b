"""Whatever answers in Tinybird's place, events are kept or refused with 503, and never lost or answered 500."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from functions.events.ingest_batch.handler import handler
from pixel.auth.caller import Caller
from pixel.foundation import container
from pixel.ingest import requests
from pixel.ingest.delivery import Fate
from tests.conftest import Output, put_secret
from tests.environment import TINYBIRD_TOKEN
from tests.queues import Queues
from tests.routes.gateway import Reply, send
from tests.routes.sent_events import pageview, sending, workspace
from tests.unit.foundation.misbehaving_server import MisbehavingServer, running
from tests.unit.ingest.tinybird_answers import CERTAIN, UNCERTAIN

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

_ANSWERS = {name: (act, fate) for name, (act, fate, *_) in CERTAIN.items()} | {
    name: (act, Fate.RETRYABLE) for name, (act, _) in UNCERTAIN.items()
}
_ANSWERED = {
    Fate.ACCEPTED: (202, ["accepted", "accepted"]),
    Fate.RETRYABLE: (202, ["queued", "queued"]),
    Fate.PARTIAL: (202, ["queued", "queued"]),
    Fate.REFUSED: (503, "tinybird_error"),
}

pytestmark = pytest.mark.usefixtures("no_sleep")


@pytest.fixture
def server(tables: "DynamoDBServiceResource", monkeypatch: pytest.MonkeyPatch) -> Iterator[MisbehavingServer]:
    put_secret("tinybird-ingest-token", TINYBIRD_TOKEN)
    monkeypatch.setattr(requests, "BATCH_SECONDS", 0.5)
    with running() as server:
        monkeypatch.setenv("PIXEL_TINYBIRD_URL", server.url)
        yield server


def _said(reply: Reply) -> tuple[int, object]:
    if "error" in reply.body:
        return reply.status, reply.body["error"]["code"]
    return reply.status, [result["status"] for result in reply.body["data"]["results"]]


def test_events_are_kept_or_refused_whatever_answers(
    server: MisbehavingServer, caller: Caller, tables: "DynamoDBServiceResource", output: Output
) -> None:
    sender = workspace(caller, tables, "ws_of_strange_answers")._replace(rate_limit=10_000)
    said = {}
    for number, (name, (act, _)) in enumerate(_ANSWERS.items()):
        container.forget_all()  # so that no circuit is open
        server.will(act)
        batch = {"events": [pageview(path=f"/{number}"), pageview(path=f"/{number}")]}
        said[name] = _said(send(handler, sending("ingest_batch", sender, batch)))

    assert said == {name: _ANSWERED[fate] for name, (_, fate) in _ANSWERS.items()}
    queues = Queues()
    spilled = [json.loads(message["Body"]) for message in queues.receive(queues.spill)]
    for messages, expected in ((spilled, Fate.RETRYABLE), (queues.letters(), Fate.PARTIAL)):
        paths = sorted(json.loads(row)["path"] for message in messages for row in message["rows"])
        kept = [f"/{number}" for number, (_, fate) in enumerate(_ANSWERS.values()) if fate is expected]
        assert paths == sorted(2 * kept)
    assert "secret" not in output.text
