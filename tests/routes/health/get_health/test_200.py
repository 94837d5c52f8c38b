"""GET /health tells anybody that all is well."""

import pytest

from functions.health.get_health.handler import handler
from pixel import __version__
from tests.conftest import Output
from tests.routes.gateway import FIXED_HEADERS, event, send

pytestmark = pytest.mark.usefixtures("warehouse", "output")


def test_the_answer_names_version_and_checks_and_needs_no_key() -> None:
    health = event("get_health")

    reply = send(handler, health)

    assert "authorizer" not in health["requestContext"]
    assert reply.status == 200
    assert reply.body == {
        "data": {"status": "ok", "version": __version__, "checks": {"store": "ok", "ingest": "ok", "tokens": "ok"}},
        "meta": {"request_id": f"req_{health['requestContext']['requestId']}"},
    }
    assert reply.headers == FIXED_HEADERS


def test_a_request_leaves_one_log_line_without_a_workspace(output: Output) -> None:
    send(handler, event("get_health"))

    (line,) = output.logged("request")
    assert (line["route"], line["status"]) == ("GET /api/v1/health", 200)
    assert not {"workspace_id", "key_id"} & line.keys()
