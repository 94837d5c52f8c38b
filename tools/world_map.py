"""The map of the dashboard: countries of Natural Earth as outlines in whole pixels, in the Equal Earth projection.

Its input is the TopoJSON of the npm package `world-atlas`, where borders are arcs that neighbours share, as steps on a
grid, and a table of country codes, because the map of a browser knows countries by two letters.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

WIDTH = 680
_ANTARCTICA = "010"
# What Natural Earth draws without a number of ISO 3166-1; the others stay without a code, as land that counts nothing.
_CODES_BY_NAME = {"Kosovo": "XK"}
# The map is cut in the Bering Strait, where no country is: its middle is moved, and what lies west is drawn east.
_MIDDLE, _WESTMOST = 11.0, -172.5
# The polynomial of the Equal Earth projection (Savric, Patterson and Jenny, 2018).
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_M = math.sqrt(3) / 2

type Point = tuple[float, float]
type Pixel = tuple[int, int]
type Ring = Sequence[int]


def world_module(topology: Mapping[str, Any], codes: Mapping[str, str]) -> str:
    """Return the module `world.js`; `codes` has two letters by the three digits of ISO 3166-1."""
    arcs = [_degrees(arc, topology["transform"]) for arc in topology["arcs"]]
    countries = [
        country for country in topology["objects"]["countries"]["geometries"] if country.get("id") != _ANTARCTICA
    ]
    rings = [[_projected(_ring_points(ring, arcs)) for ring in _outlines(country)] for country in countries]
    pixels = _Pixels(point for country in rings for ring in country for point in ring)
    paths: dict[str, str] = {}
    for country, outlines in zip(countries, rings, strict=True):
        name = country["properties"]["name"]
        code = codes.get(country.get("id", "")) or _CODES_BY_NAME.get(name) or f"-{len(paths)}"
        paths[code] = "".join(_path([pixels.of(point) for point in ring]) for ring in outlines)
    lines = ",\n".join(f"{json.dumps(code)}:{json.dumps(path)}" for code, path in sorted(paths.items()))
    return (
        "// Written by `make vendor`: Natural Earth 1:110m through world-atlas, in the Equal Earth projection.\n"
        f"export const WORLD_WIDTH = {WIDTH};\n"
        f"export const WORLD_HEIGHT = {pixels.height};\n"
        f"/** @type {{Record<string, string>}} */\nexport const WORLD = {{\n{lines}\n}};\n"
    )


class _Pixels:
    """The scale from projected points to whole pixels."""

    def __init__(self, points: Iterable[Point]) -> None:
        every = list(points)
        self._left = min(x for x, _ in every)
        self._top = max(y for _, y in every)
        self._scale = WIDTH / (max(x for x, _ in every) - self._left)
        self.height = math.ceil((self._top - min(y for _, y in every)) * self._scale)

    def of(self, point: Point) -> Pixel:
        return round((point[0] - self._left) * self._scale), round((self._top - point[1]) * self._scale)


def equal_earth(longitude: float, latitude: float) -> Point:
    """Project degrees to a plane on which areas compare."""
    theta = math.asin(_M * math.sin(math.radians(latitude)))
    squared = theta * theta
    sixth = squared**3
    across = _M * (_A1 + 3 * _A2 * squared + sixth * (7 * _A3 + 9 * _A4 * squared))
    return (
        math.radians(longitude) * math.cos(theta) / across,
        theta * (_A1 + _A2 * squared + sixth * (_A3 + _A4 * squared)),
    )


def _degrees(arc: Sequence[Sequence[int]], transform: Mapping[str, Sequence[float]]) -> list[Point]:
    (scale_x, scale_y), (left, bottom) = transform["scale"], transform["translate"]
    points, x, y = [], 0, 0
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        points.append((x * scale_x + left, y * scale_y + bottom))
    return points


def _projected(ring: Sequence[Point]) -> list[Point]:
    """Project an outline, after following it over the date line instead of around the world."""
    longitudes = [ring[0][0]]
    for longitude, _ in ring[1:]:
        longitudes.append(longitude - 360 * round((longitude - longitudes[-1]) / 360))
    shift = 360 if sum(longitudes) / len(longitudes) < _WESTMOST else 0
    return [
        equal_earth(longitude + shift - _MIDDLE, latitude)
        for longitude, (_, latitude) in zip(longitudes, ring, strict=True)
    ]


def _outlines(country: Mapping[str, Any]) -> list[Ring]:
    polygons = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
    return [ring for polygon in polygons for ring in polygon]


def _ring_points(ring: Ring, arcs: Sequence[Sequence[Point]]) -> list[Point]:
    """Join arcs to a ring. A negative number is an arc backwards, and each begins where the one before ends."""
    points: list[Point] = []
    for number in ring:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points.extend(arc[1:] if points else arc)
    return points


def _path(ring: Sequence[Pixel]) -> str:
    """Return the commands of a closed outline, without points that fall on the one before."""
    points = [ring[0], *(after for before, after in pairwise(ring) if after != before)]
    if len(points) > 1 and points[-1] == points[0]:
        points.pop()
    steps = " ".join(f"{x - before_x} {y - before_y}" for (before_x, before_y), (x, y) in pairwise(points))
    if len(points) < 3:
        return f"M{points[0][0]} {points[0][1]}h1v1z"
    return f"M{points[0][0]} {points[0][1]}l{steps.replace(' -', '-')}z"
