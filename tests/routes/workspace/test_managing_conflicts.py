"""Lost updates are refused, creates are idempotent, and what is there already is named."""

import pytest

from pixel.aws.tables import WriteRefusedError
from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.share_link_kind import SHARE_LINK
from pixel.workspaces.store import function_store
from pixel.workspaces.website_kind import WEBSITE
from tests.conftest import Frozen
from tests.environment import ERRORS_PAGE_URL
from tests.provisioned import Perform, Wire, first, wire  # noqa: F401 - a fixture
from tests.routes.workspace.managed import KINDS, Client, body_of, client_of, data_of, error_of, new_website
from tests.unit.workspaces.records_given import stored_items

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")


@pytest.fixture
def client(tables: object) -> Client:
    return client_of()


def test_a_change_of_another_revision_is_refused_with_the_present_one(client: Client) -> None:
    website_id = new_website(client)
    for managed in KINDS:
        record_id = data_of(client.create(managed.kind, body_of(managed, website_id)), 201)["id"]
        data_of(client.update(managed.kind, record_id, managed.change, If_Match='"1"'))
        for tag in ('"1"', '"3"', 'W/"2"', "2", '"x"', ""):
            for reply in (
                client.update(managed.kind, record_id, managed.change, If_Match=tag),
                client.delete(managed.kind, record_id, If_Match=tag),
            ):
                error = error_of(reply, 412)
                assert (error["code"], error["details"]) == ("precondition_failed", {"revision": 2}), tag
        for number, tag in enumerate(("*", '"9", "3"', ' "4" ')):
            changed = client.update(managed.kind, record_id, managed.change, If_Match=tag)
            assert data_of(changed)["revision"] == 3 + number
        data_of(client.delete(managed.kind, record_id, If_Match='"5"'))


def test_a_record_stored_before_there_were_revisions_has_the_first_one(client: Client) -> None:
    goal_id = data_of(client.create(GOAL, {"website_id": new_website(client), "name": "a", "selector": "#a"}), 201)[
        "id"
    ]
    _forget_revision(goal_id)

    read = client.get(GOAL, goal_id)

    assert (read.headers["ETag"], data_of(read)["updated_at"]) == ('"1"', data_of(read)["created_at"])
    assert data_of(client.update(GOAL, goal_id, {"name": "b"}, If_Match='"1"'))["revision"] == 2
    _forget_revision(goal_id)
    assert client.delete(GOAL, goal_id, If_Match='"1"').status == 200


def test_of_two_writers_with_the_same_revision_one_wins(client: Client, wire: Wire) -> None:  # noqa: F811 - a fixture
    goal_id = data_of(client.create(GOAL, {"website_id": new_website(client), "name": "a", "selector": "#a"}), 201)[
        "id"
    ]
    outcomes = []

    def other() -> None:
        outcomes.append(client.update(GOAL, goal_id, {"selector": "#other"}, If_Match='"1"').status)

    wire.once("TransactWriteItems", first(other))
    outcomes.append(client.update(GOAL, goal_id, {"selector": "#mine"}, If_Match='"1"').status)

    assert outcomes == [200, 412]
    assert data_of(client.get(GOAL, goal_id))["selector"] == "#other"


def test_of_sixteen_writers_that_read_the_same_revision_exactly_one_wins(client: Client, wire: Wire) -> None:  # noqa: F811 - a fixture
    """Each writes between the reading and the writing of the one before."""
    goal_id = data_of(client.create(GOAL, {"website_id": new_website(client), "name": "a", "selector": "#a"}), 201)[
        "id"
    ]
    outcomes: dict[int, int] = {}

    def write(number: int) -> None:
        if number < 15:
            wire.once("TransactWriteItems", first(lambda: write(number + 1)))
        outcomes[number] = client.update(GOAL, goal_id, {"selector": f"#w{number}"}, If_Match='"1"').status

    write(0)

    assert sorted(outcomes.values()) == [200, *[412] * 15]
    [winner] = [number for number, status in outcomes.items() if status == 200]
    assert data_of(client.get(GOAL, goal_id))["selector"] == f"#w{winner}"
    assert data_of(client.get(GOAL, goal_id))["revision"] == 2


def test_without_if_match_both_writers_fields_hold_and_endless_changes_are_said(client: Client, wire: Wire) -> None:  # noqa: F811 - a fixture
    goal_id = data_of(client.create(GOAL, {"website_id": new_website(client), "name": "a", "selector": "#a"}), 201)[
        "id"
    ]
    wire.once("TransactWriteItems", first(lambda: client.update(GOAL, goal_id, {"name": "other"})))

    changed = data_of(client.update(GOAL, goal_id, {"selector": "#mine"}))

    assert (changed["name"], changed["selector"], changed["revision"]) == ("other", "#mine", 3)

    def refuse(*_: object) -> None:
        raise WriteRefusedError([])

    wire.always("TransactWriteItems", refuse)
    for reply in (client.update(GOAL, goal_id, {"name": "x"}), client.delete(GOAL, goal_id)):
        assert error_of(reply, 409)["code"] == "concurrent_change"


def test_keys_of_different_websites_neither_see_nor_block_each_others_idempotency_keys(client: Client) -> None:
    first_id, second_id = new_website(client), new_website(client, "two.example.com")
    first, second = (
        Client(client.caller._replace(key_id=f"key_{website_id}", website_ids=(website_id,)))
        for website_id in (first_id, second_id)
    )
    for managed in KINDS[1:]:
        kind, body, other = managed.kind, body_of(managed, first_id), body_of(managed, second_id)
        made = data_of(first.create(kind, body, key="k-1"), 201)
        assert error_of(second.create(kind, body, key="k-1"), 404) == error_of(second.create(kind, body), 404)
        assert data_of(second.create(kind, other, key="k-1"), 201)["website_id"] == second_id
        again = first.create(kind, body, key="k-1")
        assert (again.status, made["id"] in str(again.body)) == (409 if kind is SHARE_LINK else 201, True)


def test_the_same_key_and_body_create_one_record_for_a_day(client: Client, frozen: Frozen) -> None:
    website_id = new_website(client)
    for managed in KINDS:
        kind, body = managed.kind, body_of(managed, website_id)
        made = data_of(client.create(kind, body, key="k-1"), 201)
        again = client.create(kind, dict(reversed(list(body.items()))), key="k-1")
        if kind is SHARE_LINK:
            error = error_of(again, 409)
            assert (error["code"], error["details"]) == ("secret_already_shown", {"id": made["id"]})
        else:
            data_of(client.update(kind, made["id"], managed.change))
            again = client.create(kind, body, key="k-1")
            assert data_of(again, 201) == data_of(client.get(kind, made["id"]))
            assert (again.headers["Idempotent-Replayed"], again.headers["ETag"]) == ("true", '"2"')
            assert again.headers["Location"].endswith(f"/{kind.path}/{made['id']}")
        other = error_of(client.create(kind, {**body, **managed.change}, key="k-1"), 409)
        assert other["code"] == "idempotency_conflict"
        assert len([item for item in stored_items(kind) if item["id"] == made["id"]]) == 1
        assert error_of(client.create(kind, body, key="a b"), 400)["details"]["fields"][0]["path"] == "Idempotency-Key"
        data_of(client.delete(kind, made["id"]))
        if kind is not SHARE_LINK:
            assert error_of(client.create(kind, body, key="k-1"), 404) == managed.missing
        frozen.move(86_400)
        assert data_of(client.create(kind, body, key="k-1"), 201)["id"] != made["id"]


def test_a_key_of_one_kind_or_workspace_means_nothing_in_another(client: Client) -> None:
    other = client_of("ws_2")
    for sender in (client, other):
        website = data_of(sender.create(WEBSITE, {"domain": "example.com"}, key="k"), 201)
        goal = sender.create(GOAL, {"website_id": website["id"], "name": "a", "selector": "#a"}, key="k")
        assert data_of(goal, 201)["website_id"] == website["id"]


def test_two_requests_with_one_key_at_the_same_moment_create_one_record(client: Client, wire: Wire) -> None:  # noqa: F811 - a fixture
    body = {"domain": "example.com"}
    replies = []
    wire.once("TransactWriteItems", first(lambda: replies.append(client.create(WEBSITE, body, key="k"))))

    replies.append(client.create(WEBSITE, body, key="k"))

    assert [reply.status for reply in replies] == [201, 201]
    assert replies[0].body["data"] == replies[1].body["data"]
    assert len(stored_items(WEBSITE)) == 1


def test_a_domain_or_a_goal_s_name_that_is_there_is_answered_with_its_id(client: Client) -> None:
    website_id = new_website(client)
    other_id = new_website(client, "other.example.com")
    goal = {"website_id": website_id, "name": "Order", "selector": "#a"}
    goal_id = data_of(client.create(GOAL, goal), 201)["id"]
    second = data_of(client.create(GOAL, {**goal, "name": "Other"}), 201)["id"]
    for reply, existing in (
        (client.create(WEBSITE, {"domain": "EXAMPLE.com."}), website_id),
        (client.update(WEBSITE, other_id, {"domain": "example.com"}), website_id),
        (client.create(GOAL, {**goal, "name": " oRDER "}), goal_id),
        (client.update(GOAL, second, {"name": "ORDER"}), goal_id),
    ):
        error = error_of(reply, 409)
        assert (error["code"], error["details"]) == ("already_exists", {"id": existing})
    assert data_of(client.update(GOAL, goal_id, {"name": "ORDER"}))["name"] == "ORDER"
    data_of(client.create(GOAL, {**goal, "website_id": other_id}), 201)
    data_of(client.delete(GOAL, goal_id))
    assert data_of(client.update(GOAL, second, {"name": "order"}))["name"] == "order"


def test_a_website_has_a_limit_of_records_and_a_workspace_of_websites(
    client: Client,
) -> None:
    assert [kind.limit for kind in (WEBSITE, GOAL, ALERT, REPORT, SHARE_LINK)] == [1_000, 200, 50, 20, 100]
    website_id = new_website(client)
    report = body_of(KINDS[3], website_id)
    made = [data_of(client.create(REPORT, report), 201)["id"] for _ in range(REPORT.limit)]

    error = error_of(client.create(REPORT, report), 409)

    assert error == {
        "code": "limit_reached",
        "message": "There are 20 reports already, which is the limit; delete one first.",
        "docs_url": f"{ERRORS_PAGE_URL}#limit_reached",
        "details": {"limit": 20},
    }
    data_of(client.create(REPORT, {**report, "website_id": new_website(client, "b.example.com")}), 201)
    data_of(client.delete(REPORT, made[0]))
    data_of(client.create(REPORT, report), 201)


def _forget_revision(record_id: str) -> None:
    [item] = [item for item in stored_items() if item.get("id") == record_id]
    store = function_store()
    store.database.put(
        store.workspace_table, {name: value for name, value in item.items() if name not in ("revision", "updated_at")}
    )
