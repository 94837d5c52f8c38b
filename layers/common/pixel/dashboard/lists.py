"""Views that are lists of names with their visitors: pages, sources, places, devices."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple


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
    "cities": ListView("p_geo", {"level": "city"}, "city", None, _COUNTRY, is_unknown_shown=False),
    "devices": ListView("p_devices", {}, "device", "device"),
    "browsers": ListView("p_tech", {"by": "browser"}, "browser", "browser"),
    "systems": ListView("p_tech", {"by": "os"}, "os", "os"),
    "languages": ListView("p_languages", {}, "language"),
}


def list_of(view: ListView, rows: list[dict[str, Any]], summary: Mapping[str, Any], *, limit: int) -> dict[str, Any]:
    """Return the list, with all rows that are beyond the limit or have lost their names in `others`."""
    ordered = sorted(rows, key=lambda row: (-row[view.measured], row[view.name] or ""))
    first, rest = first_and_rest(ordered, view.name, limit)
    return {
        "filter": view.filter,
        "measure": view.measure,
        "rows": [_row(view, row) for row in first],
        "total": summary[view.measure],
        "others": others_of(rest, {view.measure: view.measured}),
    }


def first_and_rest(
    rows: list[dict[str, Any]], name: str, limit: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the first rows that have a name, which may be empty, and all others."""
    named = [row for row in rows if row[name] is not None]
    return named[:limit], [*named[limit:], *(row for row in rows if row[name] is None)]


def others_of(rest: list[dict[str, Any]], columns: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the rows added up, by the pipe's columns of fields."""
    if not rest:
        return None
    return {"rows": len(rest), **{name: sum(row[column] for row in rest) for name, column in columns.items()}}


def _row(view: ListView, row: Mapping[str, Any]) -> dict[str, Any]:
    others = {name: row[column] for name, column in view.columns.items()}
    return {"value": row[view.name], view.measure: row[view.measured], **others}
