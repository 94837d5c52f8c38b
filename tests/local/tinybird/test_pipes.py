"""/v0/pipes: parameters, pipes that read pipes, bodies, formats and refusals."""

import pytest

from tests.local.tinybird.running import StandIn, visit


def test_body_is_tinybirds(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.append(visit(workspace_id, page={"path": "/a"}), visit(workspace_id, page={"path": "/b"}))

    answer = stand_in.pipe("top_paths", workspace_id=workspace_id, limit=1)

    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert set(answer.json) == {"meta", "data", "rows", "rows_before_limit_at_least", "statistics"}
    assert answer.json["meta"] == [
        {"name": "path", "type": "String"},
        {"name": "visitors", "type": "UInt64"},
        {"name": "views", "type": "UInt64"},
    ]
    assert (answer.json["rows"], answer.json["rows_before_limit_at_least"]) == (1, 2)
    assert set(answer.json["statistics"]) == {"elapsed", "rows_read", "bytes_read"}


def test_rows_before_limit_only_where_there_is_a_limit(stand_in: StandIn, workspace_id: str) -> None:
    answer = stand_in.pipe("visitors_by", workspace_id=workspace_id, by="device")

    assert "rows_before_limit_at_least" not in answer.json
    assert (answer.status, answer.json["data"]) == (200, [])


def test_64_bit_integers_are_numbers(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.append(visit(workspace_id, page={"path": "/", "width": 65535}))

    (row,) = stand_in.pipe("visitors_by", workspace_id=workspace_id, by="device").json["data"]
    assert row == {"dimension": "desktop", "visitors": 1, "total_width": 65535}


def test_rows_read_follows_the_sorting_key(stand_in: StandIn, workspace_id: str) -> None:
    """Granules of 1,024 rows: a website's own rows and one granule beside, not the table."""
    filler = [visit(f"{workspace_id}_other_{number % 7}") for number in range(6_000)]
    for start in range(0, 6_000, 2_000):
        stand_in.append(*filler[start : start + 2_000])
    stand_in.append(*(visit(workspace_id) for _ in range(5)))
    stand_in.call("POST", "/v0/datasources/visits/delete", body=b"delete_condition=website_id%3D'none'")

    whole = stand_in.call("GET", "/_sql", {"q": "SELECT sum(width) FROM visits"}).json["statistics"]["rows_read"]
    own = stand_in.pipe("top_paths", workspace_id=workspace_id).json["statistics"]["rows_read"]

    assert whole >= 6_005
    assert 5 <= own <= 2_048


def test_parameters_reach_the_pipe_that_is_read(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.append(
        visit(workspace_id, event_id="1", website_id="x", timestamp="2024-05-01T23:59:59Z"),
        visit(workspace_id, event_id="2", website_id="x", timestamp="2024-05-02T00:00:00Z"),
        visit(workspace_id, event_id="3", website_id="y", timestamp="2024-05-03T00:00:00Z"),
        visit(workspace_id, event_id="4", website_id="y", is_bot=True),
    )

    def views(**arguments: str | int) -> int:
        data = stand_in.pipe("top_paths", "admin", workspace_id=workspace_id, **arguments).json["data"]
        return sum(row["views"] for row in data)

    assert views() == 3
    assert views(include_bots=1) == 4
    assert views(website_id="x") == 2
    assert views(date_from="2024-05-02") == 2
    assert views(date_to="2024-05-01") == 1
    assert views(website_id="y", date_from="2024-05-02", date_to="2024-05-03") == 1


def test_a_row_that_arrived_twice_counts_once(stand_in: StandIn, workspace_id: str) -> None:
    event = visit(workspace_id)
    stand_in.append(event, event)
    stand_in.append(event)

    assert stand_in.pipe("top_paths", workspace_id=workspace_id).json["data"][0]["views"] == 1


def test_arrays_and_branches(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.append(*(visit(workspace_id, visitor_id=country, country=country) for country in ("DE", "FR", "IT")))

    answer = stand_in.pipe("visitors_by", workspace_id=workspace_id, by="country", country_in="DE,IT")

    assert [row["dimension"] for row in answer.json["data"]] == ["DE", "IT"]


def test_post_takes_parameters_in_the_body(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.append(visit(workspace_id))
    body = f"workspace_id={workspace_id}".encode()

    assert stand_in.call("POST", "/v0/pipes/top_paths.json", body=body).json["rows"] == 1


def test_csv_has_a_header(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.append(visit(workspace_id, page={"path": '/a "quoted", path'}))

    answer = stand_in.call("GET", "/v0/pipes/top_paths.csv", {"workspace_id": workspace_id})

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.body.decode() == '"path","visitors","views"\n"/a ""quoted"", path",1,1\n'


def test_ndjson(stand_in: StandIn, workspace_id: str) -> None:
    stand_in.append(visit(workspace_id, page={"path": "/a"}))

    answer = stand_in.call("GET", "/v0/pipes/top_paths.ndjson", {"workspace_id": workspace_id})

    assert answer.body == b'{"path":"\\/a","visitors":1,"views":1}\n'


@pytest.mark.parametrize(
    ("pipe", "arguments", "says"),
    [
        ("top_paths", {}, "Required parameter is not defined"),
        ("top_paths", {"workspace_id": "w", "limit": "ten"}, "Error validating 'ten' to type Int32"),
        ("top_paths", {"workspace_id": "w", "date_from": "2024-05-01T00:00:00Z"}, "to type Date"),
        ("visitors_by", {"workspace_id": "w"}, "by is one of device, country"),
        ("visitors_by", {"workspace_id": "w", "by": "shoe"}, "by is one of device, country"),
    ],
)
def test_parameters_that_the_template_refuses_are_400(
    stand_in: StandIn, pipe: str, arguments: dict[str, str], says: str
) -> None:
    answer = stand_in.pipe(pipe, **arguments)

    assert answer.status == 400
    assert says in answer.error


def test_custom_error_has_its_own_status_and_body(stand_in: StandIn) -> None:
    answer = stand_in.pipe("visitors_by", workspace_id="w", by="device", refuse="1")

    assert (answer.status, answer.json) == (418, {"error": "refused", "code": 7})


@pytest.mark.parametrize(
    "hostile", ["' OR 1=1 --", "\\", "{{1+1}}", "{% raw %}", "a') UNION ALL SELECT 1,2,3 --", "\0", "💥"]
)
def test_hostile_values_are_only_values(stand_in: StandIn, hostile: str) -> None:
    stand_in.append(visit("somebody"))

    answer = stand_in.pipe("top_paths", workspace_id=hostile, website_id=hostile)

    assert (answer.status, answer.json["data"]) == (200, [])


def test_a_value_like_what_stands_for_a_query_while_pipes_are_composed_is_a_value(stand_in: StandIn) -> None:
    workspace_id = "SELECT 'query 0'"
    stand_in.append(visit(workspace_id), wait="true")

    answer = stand_in.pipe("top_paths", workspace_id=workspace_id, website_id="site")

    assert answer.json["data"] == [{"path": "/", "visitors": 1, "views": 1}]


def test_a_query_that_is_not_utf8_is_400(stand_in: StandIn) -> None:
    assert stand_in.call("GET", "/v0/pipes/top_paths.json?workspace_id=%ff").status == 400


def test_unknown_pipe_is_404_and_so_is_one_without_an_endpoint(stand_in: StandIn) -> None:
    assert stand_in.pipe("nowhere").status == 404
    answer = stand_in.pipe("visits_once", workspace_id="w")
    assert (answer.status, "does not have an endpoint" in answer.error) == (404, True)


def test_unknown_format_is_400(stand_in: StandIn) -> None:
    assert stand_in.call("GET", "/v0/pipes/top_paths.xml", {"workspace_id": "w"}).status == 400


def test_a_query_that_takes_too_long_is_408(stand_in: StandIn) -> None:
    endless = "SELECT sum(cityHash64(n.number, a.v)) FROM numbers(100000000000) AS n, (SELECT count() AS v FROM _) AS a"

    answer = stand_in.pipe("top_paths", workspace_id="w", q=endless)

    assert answer.status == 408


def test_nothing_of_a_query_that_failed_is_in_the_next_answer(stand_in: StandIn) -> None:
    """It had answered half a million rows by then."""
    half = "SELECT number, throwIf(number = 500000) FROM numbers(1000000)"

    for _ in range(4):
        assert stand_in.call("GET", "/_sql", {"q": half}).status == 400
        for _ in range(3):
            assert stand_in.sql("SELECT 1 AS one") == [{"one": 1}]


def test_unknown_paths_and_methods(stand_in: StandIn) -> None:
    assert stand_in.call("GET", "/v0/nowhere").status == 404
    assert stand_in.call("GET", "/v0/events").status == 405
    assert stand_in.call("PUT", "/v0/pipes/top_paths.json").status == 405
    assert stand_in.call("GET", "/v0/nowhere").json == {"error": "Not found"}


def test_browsers_may_call(stand_in: StandIn) -> None:
    preflight = stand_in.call("OPTIONS", "/v0/pipes/top_paths.json", token=None)

    assert (preflight.status, preflight.body) == (204, b"")
    assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]
    for answer in (preflight, stand_in.pipe("top_paths", workspace_id="w"), stand_in.pipe("top_paths", None)):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in preflight.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in stand_in.call("GET", "/_faults", token=None).headers
