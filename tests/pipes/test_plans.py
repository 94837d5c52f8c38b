"""Every read of every pipe begins at its tenant's place in the primary key: ClickHouse says so itself.

The text of a pipe may name workspace_id and still read every tenant's granules: where a function stands around the
column, or a filter stays above a union.
"""

import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.local.tinybird.running import StandIn
from tests.pipes.generate import TABLES, goal_row, written
from tests.pipes.oracle.pipes import ANSWERS, CLICK_ANSWERS
from tests.pipes.oracle.question import Row
from tests.pipes.parameters import INTERNAL, WITHOUT_DATES, needed_of
from tests.pipes.warehouse import PROJECT, Warehouse
from tests.thorough import some_of

WORKSPACE, WEBSITE, VISITOR, LINK = "ws_planned", "site-1", "ann", "link_a"
DAY = datetime(2025, 6, 1, tzinfo=UTC)
ASKED = {
    "date_from": "2025-06-01 00:00:00",
    "date_to": "2025-06-03 00:00:00",
}
TENANT_ROWS = "pipes/tenant_rows.pipe"
SPOILT = (
    ("WHERE workspace_id = {{", "WHERE concat(workspace_id, '') = {{"),
    (
        "            website_id\n            = {{",
        "            concat(website_id, '')\n            = {{",
    ),
)
OF_TENANT, OF_WEBSITE = {"workspace_id": WORKSPACE}, {"workspace_id": WORKSPACE, "website_id": WEBSITE}


@pytest.fixture(scope="module")
def planned(warehouse: Warehouse) -> Warehouse:
    _fill(warehouse)
    return warehouse


@pytest.mark.parametrize("pipe", [*ANSWERS, *INTERNAL])
def test_every_read_is_by_the_primary_key(planned: Warehouse, pipe: str) -> None:
    _check_reads(planned, pipe, OF_WEBSITE)


@pytest.mark.parametrize("pipe", some_of([*ANSWERS, *INTERNAL], 4))
def test_every_read_of_a_whole_tenant_is_by_the_primary_key(planned: Warehouse, pipe: str) -> None:
    _check_reads(planned, pipe, OF_TENANT)


def _check_reads(planned: Warehouse, pipe: str, keys: Mapping[str, str]) -> None:
    reads = list(_reads(planned, pipe, keys))

    assert {table for table, _ in reads} >= ({"engagements"} if pipe == "p_engagement" else set(TABLES[:3]))
    assert [(table, keyed) for table, keyed in reads if keyed != set(keys)] == []


def test_every_read_of_clicks_is_by_the_primary_key(planned: Warehouse) -> None:
    """click_rows, planned by itself, is of the whole tenant; l_link_totals takes several links."""
    of_link = {**OF_TENANT, "link_id": LINK}
    of_tenants = {pipe: list(_reads(planned, pipe, OF_TENANT)) for pipe in some_of(CLICK_ANSWERS, 3)}
    of_links = {pipe: list(_reads(planned, pipe, of_link)) for pipe in CLICK_ANSWERS if pipe != "l_link_totals"}

    for pipe, reads in of_tenants.items():
        assert reads, pipe
        assert [(pipe, *read) for read in reads if read != ("clicks", {"workspace_id"})] == []
    for pipe, reads in of_links.items():
        assert [(pipe, *read) for read in reads if read != ("clicks", set(of_link))] == [
            (pipe, "clicks", {"workspace_id"})
        ]


def test_a_scalar_subquery_is_looked_at_too(planned: Warehouse) -> None:
    """ClickHouse has answered it before it plans the query around it."""
    assert "identities" in {table for table, _ in _reads(planned, "p_visitor_profile", OF_TENANT)}


def test_an_event_is_looked_for_by_the_index_on_its_id(planned: Warehouse) -> None:
    found = planned.stand_in.call("GET", "/_plans/i_event", {"event_id": "e1", "row_id": "e2", **OF_TENANT}).json
    [whole] = [one["plan"] for one in found["plans"] if one["node"] == "endpoint"]

    assert sorted(_tables_by_index(whole, "event_ids")) == sorted(TABLES[:4])


def test_only_reports_of_goals_read_their_definitions(planned: Warehouse) -> None:
    readers = {pipe for pipe in ANSWERS if "goals" in {table for table, _ in _reads(planned, pipe, OF_WEBSITE)}}

    assert readers == {"p_goal_conversions", "p_funnel", "p_funnel_v2"}


@pytest.mark.thorough
def test_a_read_past_the_key_is_found(tmp_path: Path) -> None:
    project = Path(shutil.copytree(PROJECT, tmp_path / "project"))
    text = (project / TENANT_ROWS).read_text()
    for was, becomes in SPOILT:
        assert was in text
        text = text.replace(was, becomes)
    (project / TENANT_ROWS).write_text(text)
    with StandIn(tmp_path, "--quiet", project=project) as running:
        spoilt = Warehouse(running)
        _fill(spoilt)

        reads = list(_reads(spoilt, "p_geo", OF_WEBSITE))

    for key in OF_WEBSITE:
        assert any(key not in keyed for _, keyed in reads), key


def _reads(warehouse: Warehouse, pipe: str, keys: Mapping[str, str]) -> Iterator[tuple[str, set[str]]]:
    """Each read of a datasource, and which of the keys its primary key is searched for."""
    dates = {"date_from", "date_to"} if pipe in WITHOUT_DATES else set()
    own = needed_of(pipe) | {name: value for name, value in ASKED.items() if name not in dates}
    answer = warehouse.stand_in.call("GET", f"/_plans/{pipe}", {**own, **keys})
    assert answer.status == 200, answer.body
    for one in answer.json["plans"]:
        # Inside tenant_rows the website is not chosen yet.
        wanted = {"workspace_id": WORKSPACE} if one["is_shared"] else keys
        for table, condition in _conditions(one["plan"]):
            found = {name for name, value in wanted.items() if f"({name} in ['{value}', '{value}'])" in condition}
            yield table, found | (set(keys) - set(wanted))


def _tables_by_index(plan: Any, name: str) -> Iterator[str]:
    """Yield the table of each read in the plan that uses a skip index."""
    for value in plan.values() if isinstance(plan, dict) else plan if isinstance(plan, list) else ():
        yield from _tables_by_index(value, name)
    if isinstance(plan, dict) and any(index.get("Name") == name for index in plan.get("Indexes", ())):
        yield str(plan["Description"]).removeprefix("default.")


def _conditions(plan: Any) -> Iterator[tuple[str, str]]:
    """Yield the table and the condition on the primary key of each read in the plan."""
    if isinstance(plan, list):
        for one in plan:
            yield from _conditions(one)
    elif isinstance(plan, dict):
        kind = plan.get("Node Type", "")
        # Without a word about indexes nothing is read: the filter is never true. SystemOne is a SELECT without FROM.
        reads_nothing = kind == "ReadFromSystemOne" or (kind == "ReadFromMergeTree" and "Indexes" not in plan)
        if kind.startswith("ReadFrom") and not reads_nothing:
            conditions = [index["Condition"] for index in plan.get("Indexes", ()) if index["Type"] == "PrimaryKey"]
            yield str(plan.get("Description", kind)).removeprefix("default."), " ".join(conditions)
        for value in plan.values():
            yield from _conditions(value)


def _fill(warehouse: Warehouse) -> None:
    """Rows in the window and of now: of a table without any, ClickHouse plans no read."""
    stamps = [written(DAY), written(datetime.now(UTC))]
    warehouse.send(WORKSPACE, {table: [_row(table, stamp) for stamp in stamps] for table in (*TABLES, "clicks")})


def _row(table: str, stamp: str) -> Row:
    if table == "goals":
        return goal_row(WEBSITE, stamp, {"name": stamp, "selector": "/*"})
    if table == "clicks":
        ids = {"link_id": LINK, "click_id": stamp, "visitor_hash": "a" * 32}
        return {**ids, "timestamp": stamp, "received_at": stamp, "status": 302, "outcome": "redirected"}
    own: Mapping[str, Row] = {
        "custom_goals": {"goal_name": "signup"},
        "visitor_payments": {"amount": 1, "currency": "EUR"},
        "identities": {"external_id_hash": "a" * 64},
        "engagements": {"visible_ms": 1000},
    }
    ids = {"website_id": WEBSITE, "visitor_id": VISITOR, "event_id": stamp}
    return {**ids, "timestamp": stamp, "received_at": stamp, **own.get(table, {})}
