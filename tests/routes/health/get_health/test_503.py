"""GET /health says which check failed."""

import time
from collections.abc import Callable

import pytest

from functions.health.get_health.handler import handler
from pixel import __version__
from pixel.health import checks
from tests.conftest import Output
from tests.routes.gateway import FIXED_HEADERS, event, send

pytestmark = pytest.mark.usefixtures("warehouse")


def test_a_store_that_cannot_be_reached_is_named(store_down: Callable[[], None], output: Output) -> None:
    store_down()
    checks = event("get_health")

    reply = send(handler, checks)

    assert reply.status == 503
    assert reply.body == {
        "data": {
            "status": "failed",
            "version": __version__,
            "checks": {"store": "failed", "ingest": "ok", "tokens": "ok"},
        },
        "meta": {"request_id": f"req_{checks['requestContext']['requestId']}"},
    }
    assert reply.headers == FIXED_HEADERS
    assert output.metric("Status5xx") == 1


@pytest.mark.usefixtures("output")
def test_a_store_that_comes_back_is_seen_after_ten_seconds(
    store_down: Callable[[], None], restart: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = time.time()
    monkeypatch.setattr(checks, "epoch_seconds", lambda: seconds)
    store_down()
    send(handler, event("get_health"))
    restart()

    at_once = send(handler, event("get_health"))
    seconds += 10
    later = send(handler, event("get_health"))

    assert (at_once.status, later.status) == (503, 200)
