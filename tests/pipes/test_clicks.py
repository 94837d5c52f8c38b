"""What is true of the numbers of short links, whatever was clicked, and what their pipes refuse."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given

from tests.pipes.click_parameters import Parameters, click_view, needed_of_clicks
from tests.pipes.click_rows import LINKS, click, click_scene_of
from tests.pipes.comparison import as_printed
from tests.pipes.generate import DICE, Scene
from tests.pipes.oracle.pipes import CLICK_ANSWERS
from tests.pipes.oracle.question import Question, Row
from tests.pipes.test_against_oracle import EXAMPLES, property_test
from tests.pipes.warehouse import Warehouse, new_workspace

_ALL_TIME = {"date_from": "2000-01-01 00:00:00", "date_to": "2100-01-01 00:00:00", "limit": "1000"}


@property_test(2 * EXAMPLES)
@given(dice=DICE)
def test_numbers_add_up(warehouse: Warehouse, dice: Random) -> None:
    scene, workspace_id = click_scene_of(dice), new_workspace()
    warehouse.send(workspace_id, scene.tenants[0])
    asked = {**click_view(scene), "workspace_id": workspace_id, "limit": "1000"}

    [totals] = warehouse.ask("l_totals", asked).rows
    for granularity in ("hour", "day", "week", "month"):
        assert _sum(warehouse.ask("l_series", {**asked, "granularity": granularity}).rows) == totals["clicks"]
    countries = warehouse.ask("l_top", {**asked, "dimension": "country"}).rows
    assert _sum(countries) == totals["clicks"]
    assert all(row["unique"] <= row["clicks"] for row in [totals, *countries])
    assert abs(sum(row["share"] for row in countries) - bool(countries)) < 1e-9


@property_test(2 * EXAMPLES)
@given(dice=DICE)
def test_sums_over_links_are_those_of_the_workspace(warehouse: Warehouse, dice: Random) -> None:
    scene, workspace_id = click_scene_of(dice), new_workspace()
    warehouse.send(workspace_id, scene.tenants[0])
    asked = {**_ALL_TIME, "workspace_id": workspace_id}

    [totals] = warehouse.ask("l_totals", asked).rows
    listed = warehouse.ask("l_top", {**asked, "dimension": "link_id"}).rows
    of_links = warehouse.ask("l_link_totals", {"workspace_id": workspace_id, "link_ids": ",".join(LINKS)}).rows

    assert _sum(listed) == _sum(of_links) == totals["clicks"]
    assert {row["value"]: (row["clicks"], row["unique"]) for row in listed} == {
        row["link_id"]: (row["clicks"], row["unique"]) for row in of_links
    }


@property_test(2 * EXAMPLES)
@given(dice=DICE)
def test_a_row_sent_again_and_rows_of_others_change_nothing(warehouse: Warehouse, dice: Random) -> None:
    """In one block, which ClickHouse merges when it is written, and in another, which it has not merged yet."""
    scene, workspace_id = click_scene_of(dice), new_workspace()
    seen, rows = click_view(scene), scene.tenants[0]["clicks"]
    warehouse.send(workspace_id, {"clicks": [*rows, *rows]})
    before = _answers(warehouse, scene, {**seen, "workspace_id": workspace_id})

    warehouse.send(workspace_id, {"clicks": [*rows, *rows]})
    warehouse.send(new_workspace(), {"clicks": rows})

    assert _answers(warehouse, scene, {**seen, "workspace_id": workspace_id}) == before


def test_the_last_thirty_whole_minutes_are_there_whatever_was_clicked(warehouse: Warehouse) -> None:
    workspace_id, dice, now = new_workspace(), Random(1), datetime.now(UTC)
    ages = [timedelta(seconds=seconds) for seconds in range(0, 2_100, 7)]
    rows = [
        {**click(dice, f"clk_{number}", now - age), "is_bot": int(number % 5 == 0)} for number, age in enumerate(ages)
    ]
    warehouse.send(workspace_id, {"clicks": rows})
    tables = {"clicks": [{**row, "workspace_id": workspace_id} for row in rows]}

    for more in ({}, {"minutes": "31"}, {"country": "DE", "include_bots": "1"}):
        asked = {"workspace_id": workspace_id, **more}
        got = warehouse.ask("l_live", asked).rows
        last = datetime.fromisoformat(got[-1]["minute"])
        expected = CLICK_ANSWERS["l_live"](Question(tables, asked, last + timedelta(minutes=1)))

        assert timedelta(minutes=1) <= datetime.now(UTC) - last < timedelta(minutes=3)  # a whole one
        assert got == [as_printed(row) for row in expected]
        assert _sum(got) > 0


def test_values_that_no_click_can_have_are_refused(warehouse: Warehouse) -> None:
    a_dimension = "a dimension must be one of those in docs/link-pipes.md"
    many = "dimensions must be 1 to 9, with commas between them"
    cases: list[tuple[str, Parameters, str]] = [
        *(
            (pipe, {"include_bots": "2"}, "include_bots must be 0 or 1")
            for pipe in CLICK_ANSWERS
            if pipe[2:] != "link_totals"
        ),
        ("l_totals", {"trigger": "scan"}, "trigger must be link, qr or deeplink"),
        ("l_top", {"dimension": "user_agent"}, a_dimension),
        ("l_top", {"dimension": "visitor_hash"}, a_dimension),
        ("l_top", {"dimension": "country,os"}, "dimension must be one dimension"),
        ("l_top", {"dimensions": "country"}, "dimension must be one dimension"),
        ("l_top", {"limit": "1001"}, "limit must be from 1 to 1000"),
        ("l_properties", {"dimensions": "country,"}, a_dimension),
        ("l_properties", {"dimensions": "country,os,country"}, "dimensions must each be named once"),
        ("l_properties", {"dimensions": "a,b,c,d,e,f,g,h,i,j"}, many),
        ("l_link_totals", {"link_ids": ""}, "link_ids must be 1 to 100, with commas between them"),
        ("l_link_totals", {"link_ids": "a," * 100}, "link_ids must be 1 to 100, with commas between them"),
        ("l_live", {"minutes": "30"}, "l_live takes minutes from 31 only"),
        ("l_live", {"date_from": "2026-01-01 00:00:00"}, "l_live takes no dates"),
        ("l_series", {"granularity": "year"}, "granularity must be hour, day, week or month"),
    ]
    for pipe, wrong, message in cases:
        answer = warehouse.ask(pipe, {"workspace_id": new_workspace(), **needed_of_clicks(pipe), **wrong})

        assert (pipe, answer.status, answer.content["error"]) == (pipe, 400, message)


def _answers(warehouse: Warehouse, scene: Scene, asked: Parameters) -> dict[str, list[Row]]:
    pipes = [pipe for pipe in CLICK_ANSWERS if pipe != "l_live"]
    return {pipe: warehouse.ask(pipe, {**needed_of_clicks(pipe), **asked}).rows for pipe in pipes}


def _sum(rows: list[Row]) -> int:
    return sum(row["clicks"] for row in rows)
