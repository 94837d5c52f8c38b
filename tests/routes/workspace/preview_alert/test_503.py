"""POST /alerts/preview says so if the warehouse does not answer."""

import pytest

from tests.local.tinybird.running import StandIn
from tests.routes.workspace.managed import Client, client_of, error_of, new_website

pytestmark = pytest.mark.usefixtures("tables", "output", "no_sleep")


@pytest.fixture
def client(tables: object) -> Client:
    return client_of()


def test_a_warehouse_that_does_not_answer_is_said(client: Client, warehouse: StandIn) -> None:
    body = {"website_id": new_website(client), "metric": "visitors", "threshold": 1}
    warehouse.fault(path="/v0/pipes/*", status=503)

    assert error_of(client.send("preview_alert", body=body), 503)["code"] == "tinybird_error"
