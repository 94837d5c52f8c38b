"""A table of links, the secret of links, and a queue that shows what it got."""

import json
from typing import Any

import pytest

from pixel.aws import quick
from pixel.aws.json_service import AwsUnreachableError
from pixel.links.store import LinkStore
from pixel.redirects import signing
from tests.links_given import store_with_workspaces


class Clicks(list[dict[str, Any]]):
    """The rows in the queue, which may be down."""

    is_down = False
    attempts = 0

    def take(self, _queue_url: str, body: str) -> None:
        self.attempts += 1
        if self.is_down:
            raise AwsUnreachableError("sqs SendMessage", "ResponseTimeoutError")
        assert body.isascii()
        self.append(json.loads(body))


@pytest.fixture
def links(tables: object) -> LinkStore:
    return store_with_workspaces()


@pytest.fixture
def clicks(monkeypatch: pytest.MonkeyPatch) -> Clicks:
    taken = Clicks()
    monkeypatch.setattr(quick, "send", taken.take)
    monkeypatch.setattr(signing, "read_secret", lambda _: "1" * 64)
    return taken
