"""The map is drawn of shared borders, and a country that crosses the date line stays in one piece."""

import re
from itertools import pairwise
from typing import Any

from tools.world_map import WIDTH, equal_earth, world_module

_CODES = {"276": "DE", "643": "RU"}


def _topology(*countries: tuple[str | None, str, list[list[int]]]) -> dict[str, Any]:
    """Return countries of one border each, in whole degrees."""
    arcs = []
    for _, _, points in countries:
        steps = [points[0]]
        steps += [[x - before_x, y - before_y] for (before_x, before_y), (x, y) in pairwise(points)]
        arcs.append(steps)
    geometries = [
        {"type": "Polygon", "arcs": [[place]], "properties": {"name": name}} | ({"id": number} if number else {})
        for place, (number, name, _) in enumerate(countries)
    ]
    transform = {"scale": [1, 1], "translate": [0, 0]}
    return {"transform": transform, "arcs": arcs, "objects": {"countries": {"geometries": geometries}}}


def test_countries_have_codes_and_antarctica_is_left_out() -> None:
    square = [[0, 0], [10, 0], [10, 10], [0, 0]]
    world = world_module(
        _topology(("276", "Germany", square), (None, "Kosovo", square), (None, "Somaliland", square),
                  ("010", "Antarctica", [[0, -80], [9, -80], [9, -70], [0, -80]])),
        _CODES,
    )  # fmt: skip

    assert re.findall(r'^"(.+?)":"M', world, re.MULTILINE) == ["-2", "DE", "XK"]


def test_a_country_beyond_the_date_line_is_drawn_in_the_east() -> None:
    russia = [[30, 60], [170, 60], [-172, 66], [170, 70], [30, 60]]
    alaska = [[-168, 65], [-140, 60], [-140, 70], [-168, 65]]
    world = world_module(_topology(("643", "Russia", russia), (None, "Alaska", alaska)), _CODES)
    (steps,) = re.findall(r'"RU":"M\d+ \d+l([^"]*)z"', world)

    widest = max(abs(int(step)) for step in re.findall(r"-?\d+", steps)[::2])
    assert widest < WIDTH / 2
    assert f"WORLD_WIDTH = {WIDTH};" in world


def test_the_projection_keeps_the_middle_and_mirrors() -> None:
    assert equal_earth(0, 0) == (0, 0)
    assert equal_earth(30, 40)[0] == -equal_earth(-30, 40)[0]
    assert equal_earth(0, 90)[1] == -equal_earth(0, -90)[1]
