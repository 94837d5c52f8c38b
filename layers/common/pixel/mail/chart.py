"""The chart of a report: visitors of the period and of the one before it, as a picture and in words.

The picture is written as SVG and drawn by resvg. Its colours are of middle brightness on no background, so that it
reads on white as on black. Its only text are numbers and days, in a font of our own.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import resvg_py

from pixel.mail.content import Point, ReportNumbers
from pixel.mail.templating import rendered
from pixel.mail.wording import period_before, quantity, short_number

WIDTH, HEIGHT = 1200, 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 96, 1180, 84, 414
_LINES: Final = 4  # of the grid, above the axis
_LABELS_MAX: Final = 8
_DOTS_MAX: Final = 14
_MARGIN: Final = 60  # within which a text would reach beyond the picture
_FONT: Final = Path(__file__).parent / "fonts" / "DejaVuSans-latin.ttf"
_SIZES: Final = (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
_NAMES: Final = {"daily": "Visitors by hour", "weekly": "Visitors by day", "monthly": "Visitors by day"}


class _Place(NamedTuple):
    x: float
    y: float


class _Label(NamedTuple):
    at: float
    text: str
    anchor: str = "middle"


def draw(numbers: ReportNumbers) -> bytes:
    """Return the chart as a PNG of WIDTH by HEIGHT."""
    return drawn(svg(numbers))


def drawn(drawing: str) -> bytes:
    """Return an SVG of WIDTH by HEIGHT as a PNG."""
    return resvg_py.svg_to_bytes(
        svg_string=drawing,
        width=WIDTH,
        height=HEIGHT,
        skip_system_fonts=True,
        font_files=[str(_FONT)],
        font_family="DejaVu Sans",
        sans_serif_family="DejaVu Sans",
    )


def svg(numbers: ReportNumbers) -> str:
    """Return the chart as SVG."""
    points = numbers.points
    top = _top_of_axis(points)
    now = _places([point.value for point in points], top)
    before = _places([point.before for point in points if point.before is not None], top, of=len(points))
    peak = max(range(len(points)), key=lambda place: points[place].value)
    return rendered(
        "chart.svg",
        width=WIDTH,
        height=HEIGHT,
        left=_LEFT,
        right=_RIGHT,
        bottom=_BOTTOM,
        line=_path(now),
        area=f"{_path(now)} L{now[-1].x:.1f} {_BOTTOM} L{now[0].x:.1f} {_BOTTOM} Z",
        before=_path(before) if len(before) > 1 else "",
        dots=now if len(now) <= _DOTS_MAX else [now[peak]],
        peak=now[peak],
        peak_text=quantity(points[peak].value, "count"),
        peak_anchor=_anchor(now[peak].x),
        grid=[
            _Label(_BOTTOM - (_BOTTOM - _TOP) * step / _LINES, short_number(top * step / _LINES))
            for step in range(_LINES + 1)
        ],
        labels=_labels(points, now),
        name=_NAMES[numbers.cadence],
        name_before=period_before(numbers.cadence),
    )


def in_words(numbers: ReportNumbers) -> str:
    """Return what the chart shows, number by number, for readers who do not see it."""
    parts = [f"{point.title} {quantity(point.value, 'count')}" for point in numbers.points]
    words = f"{_NAMES[numbers.cadence]}: {', '.join(parts)}."
    before = [quantity(point.before, "count") for point in numbers.points if point.before is not None]
    if before:
        words += f" {period_before(numbers.cadence).capitalize()}: {', '.join(before)}."
    return words


def blocks(numbers: ReportNumbers) -> str:
    """Return the chart as one line of block characters."""
    signs = "▁▂▃▄▅▆▇█"
    highest = max((point.value for point in numbers.points), default=0)
    if not highest:
        return ""
    return "".join(signs[round((len(signs) - 1) * point.value / highest)] for point in numbers.points)


def _top_of_axis(points: Sequence[Point]) -> float:
    """Return the number at the top of the axis, so that lines of the grid have short whole numbers."""
    highest = max(max(point.value, point.before or 0) for point in points)
    step = max(highest / _LINES, 1)
    size = 10 ** math.floor(math.log10(step))
    nice = next(one * size for one in _SIZES if one * size >= step and (one * size).is_integer())
    return float(_LINES * nice)


def _places(values: Sequence[float | None], top: float, *, of: int | None = None) -> list[_Place]:
    count = max((of or len(values)) - 1, 1)
    return [
        _Place(_LEFT + (_RIGHT - _LEFT) * place / count, _BOTTOM - (_BOTTOM - _TOP) * (value or 0) / top)
        for place, value in enumerate(values)
    ]


def _path(places: Sequence[_Place]) -> str:
    """Return a curve through the places that never swings beyond them (Fritsch and Carlson, 1980)."""
    if not places:
        return ""
    slopes = [(after.y - before.y) / (after.x - before.x) for before, after in pairwise(places)]
    tangents = [
        0.0 if first * second <= 0 else 2 * first * second / (first + second) for first, second in pairwise(slopes)
    ]
    tangents = [0.0, *tangents, 0.0]
    path = f"M{places[0].x:.1f} {places[0].y:.1f}"
    for (start, end), (leaving, arriving) in zip(pairwise(places), pairwise(tangents), strict=True):
        third = (end.x - start.x) / 3
        path += (
            f" C{start.x + third:.1f} {start.y + leaving * third:.1f}"
            f" {end.x - third:.1f} {end.y - arriving * third:.1f} {end.x:.1f} {end.y:.1f}"
        )
    return path


def _labels(points: Sequence[Point], places: Sequence[_Place]) -> list[_Label]:
    every = math.ceil(len(points) / _LABELS_MAX)
    return [
        _Label(places[place].x, points[place].label, _anchor(places[place].x)) for place in range(0, len(points), every)
    ]


def _anchor(x: float) -> str:
    return "end" if x > _RIGHT - _MARGIN else "middle"
