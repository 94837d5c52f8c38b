"""POST /v0/datasources/NAME/delete."""

from urllib.parse import urlencode

import pytest

from tests.local.tinybird.running import Response, StandIn, visit


def _delete(stand_in: StandIn, table: str, **form: str) -> Response:
    return stand_in.call("POST", f"/v0/datasources/{table}/delete", body=urlencode(form).encode())


def test_rows_are_gone_when_the_job_is_answered(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.append(visit(workspace_id, visitor_id="a"), visit(workspace_id, visitor_id="a"), visit(workspace_id))
    condition = f"workspace_id = '{workspace_id}' AND visitor_id = 'a'"

    job = _delete(stand_in, "visits", delete_condition=condition)

    assert job.status == 200
    assert (job.json["status"], job.json["rows_affected"]) == ("done", 2)
    assert {"id", "job_id", "job_url", "delete_id"} <= set(job.json)
    assert [row["visitor_id"] for row in stand_in.rows(workspace_id)] == ["visitor"]
    assert stand_in.call("GET", f"/v0/jobs/{job.json['job_id']}").json == job.json
    assert _delete(stand_in, "visits", delete_condition=condition).json["rows_affected"] == 0


def test_dry_run_only_counts(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.append(visit(workspace_id))

    answer = _delete(stand_in, "visits", delete_condition=f"workspace_id = '{workspace_id}'", dry_run="true")

    assert answer.json == {"rows_to_be_deleted": 1}
    assert len(stand_in.rows(workspace_id)) == 1


def test_quarantine_can_be_cleared_of_a_person(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.append(visit(workspace_id, event_id=1))
    condition = f"workspace_id = '{workspace_id}'"

    assert _delete(stand_in, "visits_quarantine", delete_condition=condition).json["rows_affected"] == 1
    assert stand_in.rows(workspace_id, "visits_quarantine") == []


@pytest.mark.parametrize(
    "condition", ["", "nonsense here", "no_such_column = 1", "1 = 1; DROP TABLE visits", "sleep(3)"]
)
def test_a_condition_that_does_not_hold_up_is_400(stand_in: StandIn, workspace_id: str, condition: str) -> None:
    stand_in.append(visit(workspace_id))

    assert _delete(stand_in, "visits", delete_condition=condition).status == 400
    assert len(stand_in.rows(workspace_id)) == 1


def test_unknown_datasource_and_job_are_404(stand_in: StandIn) -> None:
    assert _delete(stand_in, "nowhere", delete_condition="1").status == 404
    assert stand_in.call("GET", "/v0/jobs/00000000-0000-0000-0000-000000000000").status == 404
