"""Views that are lists of names with their visitors: pages, sources, places, devices."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

_FEWEST_OF_A_CITY = 3
"""A city with one or two visitors says too much of them."""


class ListView(NamedTuple):
    """A list: its pipe, the column of its names, and the filter that a click on a row sets."""

    pipe: str
    parameters: Mapping[str, str]
    name: str
    filter: str | None = None
    columns: Mapping[str, str] = {"pageviews": "pageviews"}
    """The pipe's columns by the names of fields of rows."""
    measure: str = "visitors"
    """What rows are ordered by and shown with."""
    measured: str = "visitors"
    """The pipe's column of the measure."""
    is_unknown_shown: bool = True
    """Whether rows without a name are shown; else only visitors who have one are meant."""
    fewest: int = 0


_OF_SESSIONS: Final = {"sessions": "sessions", "pageviews": "pageviews"}
_COUNTRY: Final = {"country": "country", "pageviews": "pageviews"}

LISTS: Final[Mapping[str, ListView]] = {
    "pages": ListView(
        "p_top_pages",
        {"sort": "visitors"},
        "path",
        "path",
        {"pageviews": "pageviews", "bounce_rate": "bounce_rate"},
    ),
    "entry_pages": ListView(
        "p_top_pages",
        {"sort": "entrances"},
        "path",
        columns={"bounce_rate": "bounce_rate"},
        measure="sessions",
        measured="entrances",
    ),
    "exit_pages": ListView("p_top_pages", {"sort": "exits"}, "path", columns={}, measure="sessions", measured="exits"),
    "channels": ListView("p_traffic_sources", {"by": "channel"}, "channel", "channel", {"sessions": "sessions"}),
    "referrers": ListView("p_referrers", {}, "referrer_host", "referrer", _OF_SESSIONS),
    "campaigns": ListView(
        "p_traffic_sources",
        {"by": "campaign"},
        "utm_campaign",
        "utm_campaign",
        {"sessions": "sessions"},
        is_unknown_shown=False,
    ),
    "ai": ListView("p_llm_traffic", {}, "llm_engine", None, _OF_SESSIONS),
    "countries": ListView("p_geo", {"level": "country"}, "country", "country"),
    "regions": ListView("p_geo", {"level": "region"}, "region", None, _COUNTRY, is_unknown_shown=False),
    "cities": ListView(
        "p_geo", {"level": "city"}, "city", None, _COUNTRY, is_unknown_shown=False, fewest=_FEWEST_OF_A_CITY
    ),
    "devices": ListView("p_devices", {}, "device", "device"),
    "browsers": ListView("p_tech", {"by": "browser"}, "browser", "browser"),
    "systems": ListView("p_tech", {"by": "os"}, "os", "os"),
    "languages": ListView("p_languages", {}, "language"),
}


def list_of(
    view: ListView, rows: list[dict[str, Any]], summary: Mapping[str, Any], *, limit: int, fewest: int
) -> dict[str, Any]:
    """Return the list, with all rows beyond the limit or with too few visitors in `others`."""
    counted = sorted(
        (row for row in rows if row[view.measured] > 0 and (row[view.name] or view.is_unknown_shown)),
        key=lambda row: (-row[view.measured], row[view.name]),
    )
    fewest = max(fewest, view.fewest)
    large = [row for row in counted if row["visitors"] >= fewest]
    first = large[:limit]
    rest = [*large[limit:], *(row for row in counted if row["visitors"] < fewest)]
    return {
        "filter": view.filter,
        "measure": view.measure,
        "rows": [_row(view, row) for row in first],
        "total": summary[view.measure],
        "others": {"rows": len(rest), view.measure: sum(row[view.measured] for row in rest)} if rest else None,
    }


def _row(view: ListView, row: Mapping[str, Any]) -> dict[str, Any]:
    others = {name: row[column] for name, column in view.columns.items()}
    return {"value": row[view.name], view.measure: row[view.measured], **others}
