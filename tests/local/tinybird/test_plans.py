"""GET /_plans/NAME: how a pipe would be run."""

from tests.local.tinybird.running import StandIn, visit


def test_every_node_has_a_plan(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.append(visit(workspace_id), wait="true")

    answer = stand_in.call("GET", "/_plans/top_paths", {"workspace_id": workspace_id})

    nodes = {(one["pipe"], one["node"]): one for one in answer.json["plans"]}
    assert {pipe for pipe, _ in nodes} == {"top_paths", "visits_once"}
    assert all("ReadFromMergeTree" in str(one["plan"]) for one in nodes.values())


def test_it_is_for_the_admin_and_for_pipes_that_are_there(stand_in: StandIn) -> None:
    assert stand_in.call("GET", "/_plans/top_paths", token=None).status == 403
    assert stand_in.call("GET", "/_plans/nothing").status == 404
    assert stand_in.call("GET", "/_plans/top_paths").status == 400  # no workspace_id
