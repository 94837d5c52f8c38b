"""Rows that do not fit: counted, kept with the reason, and no hindrance for the others."""

from typing import Any

import pytest

from tests.local.tinybird.running import StandIn, new_id, visit

WRONG: list[tuple[str, Any, str]] = [
    ("event_id", 4, "value '4' on column 'event_id' is not String"),
    ("event_id", True, "value 'true' on column 'event_id' is not String"),
    ("event_id", {"a": 1}, "value '{\"a\": 1}' on column 'event_id' is not String"),
    ("score", "3", "value '3' on column 'score' is not Nullable(Float64)"),
    ("score", True, "value 'true' on column 'score' is not Nullable(Float64)"),
    ("device", "fridge", "value 'fridge' on column 'device' is not Enum8('desktop' = 1, 'mobile' = 2)"),
    ("is_bot", 1, "value '1' on column 'is_bot' is not Bool"),
    ("is_bot", "true", "value 'true' on column 'is_bot' is not Bool"),
    ("tags", "x", "value 'x' on column 'tags' is not Array(String)"),
    ("tags", ["x", 1], "value '[\"x\", 1]' on column 'tags' is not Array(String)"),
    ("timestamp", 1714557600, "value '1714557600' on column 'timestamp' is not DateTime64(3, 'UTC')"),
    ("timestamp", "2024-05-01", "value '2024-05-01' on column 'timestamp' is not DateTime64(3, 'UTC')"),
    ("timestamp", "2024-02-30T00:00:00Z", "value '2024-02-30T00:00:00Z' on column 'timestamp'"),
    ("timestamp", "yesterday", "value 'yesterday' on column 'timestamp' is not DateTime64(3, 'UTC')"),
    ("received_at", "1969-12-31 23:59:59", "value '1969-12-31 23:59:59' on column 'received_at' is not DateTime"),
    ("website_id", None, "value 'null' on column 'website_id' is not LowCardinality(String)"),
]


@pytest.mark.parametrize(("field", "value", "reason"), WRONG)
def test_a_value_that_does_not_fit(stand_in: StandIn, field: str, value: Any, reason: str) -> None:
    workspace_id = new_id()
    answer = stand_in.append(visit(workspace_id, **{field: value}), visit(workspace_id))

    assert (answer.status, answer.json) == (202, {"successful_rows": 1, "quarantined_rows": 1})
    (row,) = stand_in.rows(workspace_id, "visits_quarantine")
    assert row["c__error_column"] == [field]
    assert len(row["c__error"]) == 1
    assert row["c__error"][0].startswith(reason)
    assert len(stand_in.rows(workspace_id)) == 1


@pytest.mark.parametrize("width", ["3", 3.5, 3.0, -1, 65536, True, [3]])
def test_integers_are_strict(stand_in: StandIn, width: Any) -> None:
    workspace_id = new_id()

    assert stand_in.append(visit(workspace_id, page={"path": "/", "width": width})).json["quarantined_rows"] == 1


@pytest.mark.parametrize("timestamp", ["2024-05-01T10:00:00Z", "2024-05-01 10:00:00", "2024-05-01T10:00:00.000001Z"])
def test_times_in_iso_or_sql_form_fit(stand_in: StandIn, timestamp: str) -> None:
    workspace_id = new_id()

    assert stand_in.append(visit(workspace_id, timestamp=timestamp)).json["successful_rows"] == 1
    assert stand_in.rows(workspace_id)[0]["timestamp"] == "2024-05-01 10:00:00.000"


def test_all_reasons_of_a_row_are_kept_with_what_was_sent(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.append(visit(workspace_id, event_id=1, page={"width": "wide"}, tags=["a"]))

    (row,) = stand_in.rows(workspace_id, "visits_quarantine")
    assert row["c__error_column"] == ["event_id", "path", "width"]
    assert [error.split("'")[3] for error in row["c__error"]] == row["c__error_column"]
    assert (row["event_id"], row["width"], row["path"], row["tags"]) == ("1", "wide", None, '["a"]')
    assert row["c__import_id"] is None
    assert row["insertion_date"] > "2024"


def test_columns_are_the_documented_ones(stand_in: StandIn) -> None:
    described = stand_in.call("GET", "/v0/datasources/visits_quarantine").json["columns"]
    columns = {column["name"]: column["type"] for column in described}

    assert columns["c__error_column"] == columns["c__error"] == "Array(String)"
    assert columns["c__import_id"] == "Nullable(String)"
    assert columns["insertion_date"] == "DateTime"
    original = [column["name"] for column in stand_in.call("GET", "/v0/datasources/visits").json["columns"]]
    assert [name for name in columns if not name.startswith("c__")] == [*original, "insertion_date"]


def test_what_only_clickhouse_refuses_is_quarantined_alone(stand_in: StandIn, workspace_id: str) -> None:
    good = [visit(workspace_id) for _ in range(9)]
    answer = stand_in.append(*good[:5], visit(workspace_id, visitor_id="half a pair \ud800"), *good[5:])

    assert answer.json == {"successful_rows": 9, "quarantined_rows": 1}
    assert len(stand_in.rows(workspace_id)) == 9
    (row,) = stand_in.rows(workspace_id, "visits_quarantine")
    assert row["c__error_column"] == ["visitor_id"]
