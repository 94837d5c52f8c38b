"""Every pipe answers what the oracle computes from the same events, to the digit.

`TESTS_PIPES_EXAMPLES=500` looks longer.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.pipes.click_parameters import Parameters, click_parameters, click_view
from tests.pipes.click_rows import click_scene_of
from tests.pipes.comparison import Difference, difference, smallest
from tests.pipes.generate import DICE, Scene, recent_scene_of, scene_of
from tests.pipes.oracle.pipes import ANSWERS, CLICK_ANSWERS
from tests.pipes.oracle.question import Question
from tests.pipes.parameters import INTERNAL, WITHOUT_DATES, parameters, view
from tests.pipes.warehouse import PROJECT, Warehouse, new_workspace
from tests.thorough import depth, some_of

EXAMPLES = depth("TESTS_PIPES_EXAMPLES", usual=1, thorough=8)
IS_SAMPLE = EXAMPLES == 1  # ClickHouse takes 70 ms of a processor to plan a query, however few rows there are
REPORTED_MAX = 3
MANY_WAYS = () if IS_SAMPLE else ("p_funnel", *("p_funnel_v2", "p_attributed_revenue") * 3)
ABOUT_NOW = {*some_of(ANSWERS, 8), *WITHOUT_DATES} if IS_SAMPLE else {*ANSWERS}

type Asked = tuple[int, str, Parameters]  # as which tenant, which pipe, with what


def questions(scene: Scene) -> list[Asked]:
    """Return queries of every pipe, those with many parameters several times."""
    seen = [view(scene) for _ in scene.tenants]
    return [
        (tenant, pipe, parameters(scene.dice, pipe, seen[tenant]))
        for tenant, pipe in _by_tenants(scene, (*ANSWERS, *MANY_WAYS))
    ]


def _by_tenants(scene: Scene, pipes: Collection[str]) -> Iterator[tuple[int, str]]:
    """Yield each pipe for each workspace; in a sample for one of them, by turns, among the rows of all."""
    tenants = range(len(scene.tenants))
    for place, pipe in enumerate(pipes):
        for tenant in (tenants[place % len(tenants)],) if IS_SAMPLE else tenants:
            yield tenant, pipe


def property_test(examples: int) -> Callable[[Callable[..., None]], Any]:
    return settings(
        max_examples=max(1, examples),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@property_test(EXAMPLES)
@given(dice=DICE)
def test_pipes_answer_as_the_oracle(warehouse: Warehouse, dice: Random) -> None:
    scene = scene_of(dice)

    _check(warehouse, scene, questions(scene))


@property_test(EXAMPLES // 4)
@given(dice=DICE)
def test_what_is_recent_and_dates_left_out(warehouse: Warehouse, dice: Random) -> None:
    scene = recent_scene_of(dice)

    _check(
        warehouse,
        scene,
        [(tenant, pipe, _without_dates(asked)) for tenant, pipe, asked in questions(scene) if pipe in ABOUT_NOW],
    )


@property_test(1 if IS_SAMPLE else 3 * EXAMPLES)
@given(dice=DICE)
def test_pipes_of_short_links_answer_as_the_oracle(warehouse: Warehouse, dice: Random) -> None:
    """All but l_live, whose minutes go on while it is asked: tests/pipes/test_clicks.py."""
    scene = click_scene_of(dice)
    seen = [click_view(scene) for _ in scene.tenants]
    pipes = [pipe for pipe in CLICK_ANSWERS if pipe != "l_live"]

    _check(
        warehouse,
        scene,
        [(tenant, pipe, click_parameters(dice, pipe, seen[tenant])) for tenant, pipe in _by_tenants(scene, pipes)],
    )


def test_every_endpoint_has_an_oracle() -> None:
    files = {file.stem for file in (PROJECT / "endpoints").glob("*.pipe")}

    assert files == {*ANSWERS, *CLICK_ANSWERS, *INTERNAL}


def test_too_many_buckets_are_refused(warehouse: Warehouse) -> None:
    parameters = {"workspace_id": new_workspace(), "granularity": "hour", "date_to": "2026-01-01 00:00:00"}

    most = warehouse.ask("p_metric_series", {**parameters, "date_from": "2024-11-10 08:00:00"})
    one_more = warehouse.ask("p_metric_series", {**parameters, "date_from": "2024-11-10 07:00:00"})

    assert len(most.rows) == 10_000
    assert one_more.status == 400, one_more.text


def _check(warehouse: Warehouse, scene: Scene, asked: Sequence[Asked]) -> None:
    workspaces = [new_workspace() for _ in scene.tenants]
    sent = [warehouse.send(*tenant) for tenant in zip(workspaces, scene.tenants, strict=True)]
    rows = {table: [row for tables in sent for row in tables[table]] for table in sent[0]}
    now = datetime.now(UTC)

    def compare(one: Asked) -> Difference | None:
        tenant, pipe, parameters = one
        return difference(warehouse, pipe, Question(rows, {**parameters, "workspace_id": workspaces[tenant]}, now))

    with ThreadPoolExecutor(2) as threads:
        found = [one for one in threads.map(compare, asked) if one is not None]
    of_pipes = {one.pipe: one for one in reversed(found)}
    if found:
        smaller = [str(smallest(warehouse, one)) for one in list(of_pipes.values())[:REPORTED_MAX]]
        pytest.fail(f"wrong: {', '.join(sorted(of_pipes))}\n\n" + "\n\n".join(smaller), pytrace=False)


def _without_dates(parameters: Parameters) -> Parameters:
    return {name: value for name, value in parameters.items() if name not in {"date_from", "date_to"}}
