"""POST /v0/events: what is stored, and what refuses a request as a whole."""

import gzip
import json
from pathlib import Path

import pytest

from tests.local.tinybird.running import StandIn, new_id, visit


def test_rows_are_there_when_the_answer_is(stand_in: StandIn, workspace_id: str) -> None:
    answer = stand_in.append(
        visit(workspace_id, tags=["x", "y"], score=1.5, event_id="a"), visit(workspace_id, event_id="b")
    )

    assert (answer.status, answer.json) == (202, {"successful_rows": 2, "quarantined_rows": 0})
    row, _ = stand_in.rows(workspace_id)
    assert row["timestamp"] == "2024-05-01 10:00:00.123"
    assert (row["path"], row["width"], row["tags"], row["score"]) == ("/", 7, ["x", "y"], 1.5)


def test_waiting_answers_200(stand_in: StandIn, workspace_id: str) -> None:
    answer = stand_in.append(visit(workspace_id), wait="true")

    assert (answer.status, answer.json) == (200, {"successful_rows": 1, "quarantined_rows": 0})


def test_defaults_fill_what_is_missing_or_null(stand_in: StandIn, workspace_id: str) -> None:
    body = json.dumps({**visit(workspace_id), "device": None, "country": None}).encode()
    assert stand_in.call("POST", "/v0/events", {"name": "visits"}, body=body).json["successful_rows"] == 1

    (row,) = stand_in.rows(workspace_id)
    assert (row["device"], row["country"], row["tags"], row["score"], row["is_bot"]) == ("desktop", "", [], None, False)
    assert row["received_at"] > "2024"


def test_values_come_back_as_they_were_sent(stand_in: StandIn, workspace_id: str) -> None:
    nasty = "'; DROP TABLE visits; -- \\ \" ` {{x}} % \n\t\0 FORMAT Values é 😀"

    assert stand_in.append(visit(workspace_id, visitor_id=nasty)).json["successful_rows"] == 1

    assert stand_in.rows(workspace_id)[0]["visitor_id"] == nasty


def test_the_whole_record_is_kept_by_the_path_of_the_root(stand_in: StandIn, workspace_id: str) -> None:
    event = {
        "workspace_id": workspace_id,
        "event_id": "a",
        "visitor_id": "v",
        "timestamp": "2024-05-01 10:00:00",
        "amount": 19.99,
        "currency": "EUR",
    }
    assert stand_in.append(event, datasource="purchases").json["successful_rows"] == 1

    (row,) = stand_in.rows(workspace_id, "purchases")
    assert json.loads(row["raw"]) == event
    assert row["amount"] == 19.99


def test_gzip(stand_in: StandIn, workspace_id: str) -> None:
    body = gzip.compress(json.dumps(visit(workspace_id)).encode())
    answer = stand_in.call("POST", "/v0/events", {"name": "visits"}, body=body, headers={"Content-Encoding": "gzip"})

    assert (answer.status, len(stand_in.rows(workspace_id))) == (202, 1)


def test_format_json_takes_one_object_over_many_lines(stand_in: StandIn, workspace_id: str) -> None:
    body = json.dumps(visit(workspace_id), indent=2).encode()

    assert stand_in.call("POST", "/v0/events", {"name": "visits"}, body=body).status == 400
    assert stand_in.call("POST", "/v0/events", {"name": "visits", "format": "json"}, body=body).status == 202
    assert len(stand_in.rows(workspace_id)) == 1


@pytest.mark.parametrize(
    ("body", "encoding", "says"),
    [
        (b"", None, "holds no events"),
        (b"\n\n", None, "holds no events"),
        (b"{}\n{broken", None, "Invalid JSON on line 2"),
        (b"{}\n[1]", None, "Invalid event 2"),
        (b'{"a": NaN}', None, "NaN is not JSON"),
        (b'{"a": "\xff"}', None, "not UTF-8"),
        (b"plain", "gzip", "not gzip"),
        (gzip.compress(b"{}", mtime=0)[:-4], "gzip", "ends early"),
        (b"{}", "zstd", "not supported"),
    ],
)
def test_a_body_that_cannot_be_read_stores_nothing(
    stand_in: StandIn, body: bytes, encoding: str | None, says: str
) -> None:
    workspace_id = new_id()
    if body.startswith(b"{}\n"):
        body = body.replace(b"{}", json.dumps(visit(workspace_id)).encode(), 1)
    headers = {"Content-Encoding": encoding} if encoding else {}
    answer = stand_in.call("POST", "/v0/events", {"name": "visits"}, body=body, headers=headers)

    assert answer.status == 400
    assert says in answer.error
    assert stand_in.rows(workspace_id) == []


def test_no_name_is_400(stand_in: StandIn) -> None:
    answer = stand_in.call("POST", "/v0/events", body=b"{}")

    assert answer.status == 400
    assert "'name'" in answer.error
    assert answer.json["documentation"].startswith("https://www.tinybird.co/docs/")


def test_unknown_datasource_is_404(stand_in: StandIn) -> None:
    for name in ("nowhere", "visits_quarantine", "top_paths"):
        assert stand_in.append(visit("w"), datasource=name).status == 404


@pytest.mark.parametrize("encoding", [None, "gzip"])
def test_too_large_is_413_packed_or_not(stand_in: StandIn, workspace_id: str, encoding: str | None) -> None:
    body = json.dumps(visit(workspace_id, visitor_id="x" * 1_000_000)).encode()
    headers = {"Content-Encoding": "gzip"} if encoding else {}
    if encoding:
        body = gzip.compress(body)
    answer = stand_in.call("POST", "/v0/events", {"name": "visits"}, body=body, headers=headers)

    assert answer.status == 413
    assert stand_in.rows(workspace_id) == []


def test_requests_per_second_are_limited_per_datasource(tmp_path: Path) -> None:
    with StandIn(tmp_path, "--events-per-second", "2") as stand_in:
        answers = [stand_in.append(visit("w")) for _ in range(12)]
        refused = [answer for answer in answers if answer.status == 429]

        assert answers[0].headers["X-RateLimit-Limit"] == "2"
        assert answers[0].headers["X-RateLimit-Remaining"] in {"0", "1"}
        assert len(refused) >= 4
        assert refused[0].headers["Retry-After"] == "1"
        assert refused[0].headers["X-RateLimit-Remaining"] == "0"
        assert int(refused[0].headers["X-RateLimit-Reset"]) >= 1
        stored = sum(answer.status == 202 for answer in answers)
        assert len(stand_in.rows("w")) == stored
        assert stand_in.append({}, datasource="purchases").status == 202


def test_one_insert_per_request(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.append(*(visit(workspace_id, event_id=str(number)) for number in range(500)))

    assert len(stand_in.rows(workspace_id)) == 500
    parts = f"SELECT uniqExact(_part) AS parts FROM visits WHERE workspace_id = '{workspace_id}'"
    assert stand_in.sql(parts) == [{"parts": 1}]
