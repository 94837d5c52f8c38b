"""POST /reports/{id}/send writes a message to each chosen recipient of a report, and to nobody else."""

from uuid import uuid4

import pytest

from pixel.aws import tables as dynamodb
from pixel.aws.tables import Query
from pixel.workspaces.due import MESSAGE_PREFIX
from pixel.workspaces.report_kind import REPORT
from tests.environment import WORKSPACE_TABLE
from tests.routes.workspace.managed import Client, client_of, data_of, error_of, new_website

pytestmark = pytest.mark.usefixtures("tables", "output", "no_sleep")

_JSON = {"Content-Type": "application/json"}
_RECIPIENTS = ["ann@example.com", "bob@example.com"]


@pytest.fixture
def client(tables: object) -> Client:
    return client_of(f"ws_{uuid4().hex[:20]}")


def _report(client: Client, domain: str = "example.com") -> tuple[str, str]:
    website_id = new_website(client, domain)
    body = {"website_id": website_id, "cadence": "weekly", "channel": "email", "recipients": _RECIPIENTS}
    return data_of(client.create(REPORT, body), 201)["id"], website_id


def _recipients(client: Client) -> list[str]:
    query = Query(("workspace_id", client.caller.workspace_id), ("item", MESSAGE_PREFIX))
    found = dynamodb.database().query(WORKSPACE_TABLE, query)
    return sorted(message["recipient"] for message in found if message["kind"] == "report")


def test_all_recipients_get_it_unless_some_are_chosen(client: Client) -> None:
    report_id, _ = _report(client)

    ids = data_of(client.send("send_report", report_id), 202)["message_ids"]

    assert len(set(ids)) == 2
    assert _recipients(client) == _RECIPIENTS


def test_chosen_ones_get_it_alone(client: Client) -> None:
    report_id, _ = _report(client)

    data_of(client.send("send_report", report_id, body={"recipients": ["bob@example.com"]}, headers=_JSON), 202)

    assert _recipients(client) == ["bob@example.com"]


def test_nobody_else_is_written_to_and_no_address_is_repeated(client: Client) -> None:
    report_id, _ = _report(client)

    error = error_of(
        client.send("send_report", report_id, body={"recipients": ["eve@elsewhere.example"]}, headers=_JSON), 400
    )

    assert error["details"]["fields"][0]["path"] == "recipients.0"
    assert "eve" not in str(error)
    assert _recipients(client) == []


def test_a_key_of_another_website_finds_no_report(client: Client) -> None:
    report_id, _ = _report(client)
    bound = client._replace(caller=client.caller._replace(website_ids=("admx_other",)))

    error = error_of(bound.send("send_report", report_id), 404)

    assert error["code"] == "record_not_found"
    assert _recipients(client) == []
