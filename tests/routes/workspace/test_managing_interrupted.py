"""Requests that end in the middle of their work are finished by the same request, which leaves nothing twice."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest

from pixel.aws.json_service import AwsUnreachableError
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.kinds import KINDS_OF_A_WEBSITE
from pixel.workspaces.share_link_kind import SHARE_LINK
from pixel.workspaces.website_kind import WEBSITE
from tests.provisioned import Perform, Wire, fails, wire  # noqa: F401 - a fixture
from tests.routes.workspace.managed import KINDS, Client, body_of, client_of, data_of, error_of, new_website
from tests.unit.workspaces.records_given import stored_items

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")


class _Killed(BaseException):
    """The function's process ends here."""


@pytest.fixture
def client(tables: object) -> Client:
    return client_of()


def test_a_request_that_ended_after_its_transaction_is_answered_by_its_replay(client: Client, wire: Wire) -> None:  # noqa: F811 - a fixture
    website_id = new_website(client)
    endings = (_Killed(), AwsUnreachableError("dynamodb TransactWriteItems", "the response was lost"))
    for managed, (number, ending) in product(KINDS, enumerate(endings)):
        before = {item["id"] for item in stored_items(managed.kind)}
        own = {"domain": f"{number}.example.com"} if managed.kind is WEBSITE else {}
        own |= {"name": f"Order {number}"} if managed.kind is GOAL else {}
        body = {**body_of(managed, website_id), **own}

        def end(perform: Perform, parameters: Any, ending: BaseException = ending) -> Any:
            perform(parameters)
            raise ending

        wire.once("TransactWriteItems", end)
        if isinstance(ending, _Killed):
            with pytest.raises(_Killed):
                client.create(managed.kind, body, key=f"k{number}")
        else:
            assert client.create(managed.kind, body, key=f"k{number}").status == 500

        replay = client.create(managed.kind, body, key=f"k{number}")

        shown_once = managed.kind is SHARE_LINK
        record_id = error_of(replay, 409)["details"]["id"] if shown_once else data_of(replay, 201)["id"]
        assert {item["id"] for item in stored_items(managed.kind)} - before == {record_id}, (managed.name, ending)


def test_a_delete_that_was_cut_off_is_finished_by_the_same_request(client: Client, wire: Wire) -> None:  # noqa: F811 - a fixture
    """The website and its records go in transactions of their own, and each of them may be the last."""
    for transactions in range(1, 1 + len(KINDS_OF_A_WEBSITE)):
        website_id = new_website(client)
        for managed in KINDS[1:]:
            data_of(client.create(managed.kind, body_of(managed, website_id)), 201)
        for _ in range(transactions):
            wire.once("TransactWriteItems", lambda perform, parameters: perform(parameters))
        wire.once("TransactWriteItems", fails("TransactWriteItems"))

        cut_off = client.delete(WEBSITE, website_id)
        live = [item["id"] for item in stored_items() if item.get("website_id") == website_id and _is_live(item)]
        finished = data_of(client.delete(WEBSITE, website_id))

        assert (cut_off.status, len(live)) == (500, len(KINDS_OF_A_WEBSITE) - transactions + 1)
        assert error_of(client.get(WEBSITE, website_id), 404)["code"] == "website_not_found"
        assert finished["went_with_it"] == {"goals": 1, "alerts": 1, "reports": 1, "share_links": 1}
        assert data_of(client.delete(WEBSITE, website_id)) == finished
        assert not any(item.get("website_id") == website_id and _is_live(item) for item in stored_items())


def _is_live(item: Mapping[str, Any]) -> bool:
    return "deleted_at" not in item
