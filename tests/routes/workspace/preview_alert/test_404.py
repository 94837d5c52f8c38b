"""POST /alerts/preview does not tell a website of another workspace from none."""

import pytest

from tests.routes.workspace.managed import Client, client_of, error_of, new_website

pytestmark = pytest.mark.usefixtures("tables", "output", "no_sleep")


@pytest.fixture
def client(tables: object) -> Client:
    return client_of()


def test_a_website_of_another_workspace_is_unknown(client: Client) -> None:
    body = {"website_id": new_website(client_of("ws_2")), "metric": "visitors", "threshold": 1}

    assert error_of(client.send("preview_alert", body=body), 404)["code"] == "website_not_found"
