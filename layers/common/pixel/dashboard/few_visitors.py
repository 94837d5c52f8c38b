"""What a link with `min_visitors` hides: every number that fewer visitors are behind.

Each view names the function that does this to the rows of its pipes, before anything is made of them, so no part of an
answer can show what was hidden. A row whose name is None belongs in "others". Nobody is singled out by a zero.
"""

from collections.abc import Mapping
from typing import Any

from pixel.dashboard.questions import Rows

RowsByName = Mapping[str, Rows]

_FEWEST_OF_A_CITY = 3
"""A city with one or two visitors says too much of them, whatever the link says."""


class TooFewVisitorsError(Exception):
    """A view is about so few visitors that it would single them out."""


def require_enough(visitors: int, fewest: int, *, is_narrowed: bool) -> None:
    """Raise TooFewVisitorsError if a view is about too few visitors.

    A reader who narrowed it must not learn either whether there is nobody or somebody, or would find out about one
    visitor by asking for everything that this one might be.
    """
    if visitors < fewest and (visitors or is_narrowed):
        raise TooFewVisitorsError


def hide_comparison(rows: RowsByName, fewest: int) -> RowsByName:
    """Leave out the comparison of a summary if it is about too few visitors."""
    is_hidden = "before" in rows and is_few(rows["before"][0]["visitors"], fewest)
    return {name: of_name for name, of_name in rows.items() if name != "before" or not is_hidden}


def hide_points(rows: RowsByName, fewest: int) -> RowsByName:
    """Empty the points of a metric that too few visitors make up; `visitors_<name>` has how many they are."""
    if not fewest:
        return rows
    return {name: _points(rows[name], rows[f"visitors_{name}"], fewest) for name in ("now", "before") if name in rows}


def hide_names(rows: Rows, fewest: int, name: str, *counted: str) -> Rows:
    """Take the names off rows of which one of the columns counts too few."""
    return [
        {**row, name: None} if any(is_few(row[column], fewest) for column in counted) else row for row in rows
    ]  # fmt: skip


def hide_cities(rows: Rows, fewest: int, name: str, *counted: str) -> Rows:
    """Take the names off rows of too few visitors, or of fewer than three."""
    return hide_names(rows, max(fewest, _FEWEST_OF_A_CITY), name, *counted)


def hide_minutes(rows: RowsByName, fewest: int) -> RowsByName:
    """Empty the numbers of the present that are of too few visitors, and take the names off such pages."""
    [row] = rows["now"]
    by_minute = [None if is_few(visitors, fewest) else visitors for visitors in row["visitors_by_minute"]]
    now = {**_emptied(row, fewest, "visitors_of_5_minutes"), "visitors_by_minute": by_minute}
    return {"now": [now], "pages": hide_names(rows["pages"], fewest, "path", "visitors")}


def hide_steps(rows: RowsByName, fewest: int) -> RowsByName:
    """Empty the steps of a funnel that too few visitors reach."""
    return {"rows": [_emptied(row, fewest, "visitors", "conversion_rate") for row in rows["rows"]]}


def hide_cohorts(rows: RowsByName, fewest: int) -> RowsByName:
    """Take the names off cohorts of too few visitors, and empty the periods in which too few came back."""
    named = hide_names(rows["rows"], fewest, "cohort", "visitors")
    return {"rows": [_emptied(row, fewest, "retained") for row in named]}


def is_few(visitors: int, fewest: int) -> bool:
    """Return whether there are visitors, but too few to show anything of them."""
    return 0 < visitors < fewest


def _emptied(row: Mapping[str, Any], fewest: int, counted: str, *derived: str) -> dict[str, Any]:
    """Return the row, with None for a count of too few, and for what is derived from it."""
    return {**row, **(dict.fromkeys((counted, *derived)) if is_few(row[counted], fewest) else {})}


def _points(rows: Rows, visitors: Rows, fewest: int) -> Rows:
    # A value without visitors, such as a payment that a backend sent, is nobody's, and may be one person's.
    return [
        {**row, "value": None} if seen["value"] < fewest and (seen["value"] or row["value"]) else row
        for row, seen in zip(rows, visitors, strict=True)
    ]
