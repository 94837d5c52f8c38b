"""The panel of short links: the clicks of the workspace, over time, and the links that were clicked most."""

from typing import Any, Final

from pixel.dashboard import few_visitors
from pixel.dashboard.asked import NOT_OF_LINKS, Asked
from pixel.dashboard.few_visitors import RowsByName
from pixel.dashboard.lists import first_and_rest, others_of
from pixel.dashboard.numbers import points_of
from pixel.dashboard.questions import Question, Rows

_ROWS_ASKED: Final = "500"


def ask_links(asked: Asked) -> dict[str, Question]:
    period, compared = asked.period.window(), asked.period.compared_window()
    granularity = {"granularity": asked.period.granularity}
    before = {} if compared is None else {"before": asked.of_links("l_totals", compared)}
    return {
        "now": totals_of_links(asked),
        **before,
        "series": asked.of_links("l_series", period, granularity),
        "top": asked.of_links("l_top", period, {"dimension": "code", "limit": _ROWS_ASKED}),
    }


def totals_of_links(asked: Asked) -> Question:
    return asked.of_links("l_totals", asked.period.window())


def hide_links(rows: RowsByName, fewest: int) -> RowsByName:
    """Leave out what too few visitors clicked: a comparison, a point of time, the name of a link."""
    shown = {name: of_name for name, of_name in rows.items() if name != "before"}
    if "before" in rows and not few_visitors.is_few(rows["before"][0]["unique"], fewest):
        shown["before"] = rows["before"]
    points = [{**row, "clicks": None} if few_visitors.is_few(row["unique"], fewest) else row for row in rows["series"]]
    return {**shown, "series": points, "top": few_visitors.hide_names(rows["top"], fewest, "value", "unique")}


def show_links(asked: Asked, rows: RowsByName) -> dict[str, Any]:
    first, rest = first_and_rest(rows["top"], "value", asked.limit)
    ignored = NOT_OF_LINKS & {*asked.filters, *asked.dashboard.filters}
    return {
        "now": _numbers(rows["now"]),
        "before": _numbers(rows["before"]) if "before" in rows else None,
        "points": points_of(asked.period, rows["series"], "clicks"),
        "rows": [{"value": row["value"], "clicks": row["clicks"], "visitors": row["unique"]} for row in first],
        "others": others_of(rest, {"clicks": "clicks"}),
        "ignored": sorted(ignored),
    }


def _numbers(rows: Rows) -> dict[str, int]:
    [row] = rows
    return {"clicks": row["clicks"], "visitors": row["unique"], "scans": row["qr_scans"]}
