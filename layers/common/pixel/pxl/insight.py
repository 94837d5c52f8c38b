"""The route of the face Pxl that answers the clicks of a short link, or of all of a workspace."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from zoneinfo import ZoneInfo

from pixel.auth.caller import Caller
from pixel.foundation import JsonObject
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.http.query import QueryParameters
from pixel.http.response import Response
from pixel.http.route import Request
from pixel.links.reading import function_reader
from pixel.pxl.addresses import LinkAddress
from pixel.reports.days import DayParameters
from pixel.reports.responses import query_data
from pixel.reports.window import read_timezone, window_of_days
from pixel.tinybird.catalogue import Pipe
from pixel.workspaces.errors import NotFoundError

RECENT_MINUTES: Final = 30
FILTERS: Final[Mapping[str, str]] = {
    **{name: name for name in ("device", "browser", "os", "country", "city", "referrer")},
    **{name: f"utm_{name}" for name in ("medium", "source", "campaign", "term", "content")},
}
"""The pipes' name of each filter."""
PROPERTIES: Final[Mapping[str, str]] = {
    **{name: name for name in ("city", "country", "device", "browser", "os")},
    **{name: f"utm_{name}" for name in ("source", "medium", "campaign")},
    "referrer": "referrer",
}
"""The pipes' dimension of each property."""
_OTHER_OS = "OS"
_DAYS: Final = DayParameters("datefrom", "dateto", default_days=8)  # today and the seven days before
_PARAMETERS = frozenset({_DAYS.first, _DAYS.last, "timezone", "link", "domain", _OTHER_OS, *FILTERS})


def answer_insight(request: Request) -> Response:
    """Return the clicks of some days: in all, for each day or hour, and by property; and those of the last minutes."""
    parameters = QueryParameters(request.query, _PARAMETERS)
    timezone = read_timezone(parameters) or "UTC"
    zone = ZoneInfo(timezone)
    first, last = _DAYS.read(parameters, zone)
    filters = _read_filters(parameters)
    link, domain = parameters.text("link"), parameters.text("domain")
    parameters.raise_faults()
    asked = {"workspace_id": request.caller.workspace_id, **filters, **_link(request.caller, link, domain)}
    date_from, date_to = window_of_days(first, last, zone)
    window = {**asked, "date_from": date_from, "date_to": date_to}
    granularity = "hour" if first == last else "day"
    return Response(
        {
            "data": _answers(
                request.caller,
                recent=("l_totals", {**asked, "minutes": str(RECENT_MINUTES)}),
                totals=("l_totals", window),
                series=("l_series", {**window, "timezone": timezone, "granularity": granularity}),
                properties=("l_properties", {**window, "dimensions": ",".join(PROPERTIES.values())}),
            )
        }
    )


def _answers(caller: Caller, **questions: tuple[str, dict[str, str]]) -> JsonObject:
    """Ask all pipes at once."""
    with ThreadPoolExecutor(len(questions)) as threads:
        asked = {
            name: threads.submit(query_data, caller, Pipe(pipe, "", {}, [], {}, []), fixed)
            for name, (pipe, fixed) in questions.items()
        }
    rows = {name: future.result() for name, future in asked.items()}
    [totals], [recent] = rows["totals"], rows["recent"]
    by_property: dict[str, list[JsonObject]] = {name: [] for name in PROPERTIES}
    names = {dimension: name for name, dimension in PROPERTIES.items()}
    for row in rows["properties"]:
        by_property[names[row["dimension"]]].append(_counts(row, {"value": row["value"]}))
    return {
        "recent": int(recent["clicks"]),
        "total": int(totals["clicks"]),
        "unique": int(totals["unique"]),
        "grouped": [
            {"date": _label(row["bucket"], questions["series"][1]["granularity"]), **_clicks(row)}
            for row in rows["series"]
        ],
        "properties": by_property,
    }


def _counts(row: Mapping[str, Any], head: JsonObject) -> JsonObject:
    return {**head, "total": int(row["total"]), "unique": int(row["unique"])}


def _clicks(row: Mapping[str, Any]) -> JsonObject:
    return {"total": int(row["clicks"]), "unique": int(row["unique"])}


def _label(bucket: str, granularity: str) -> str:
    """Return the day or the hour of a bucket, which begins at an instant of the time zone."""
    return bucket[:10] if granularity == "day" else f"{bucket[:10]} {bucket[11:19]}"


def _link(caller: Caller, link: str | None, domain: str | None) -> dict[str, str]:
    """Return the parameters of the pipes for a short link and a domain. Raises `short_not_found` for unknown ones."""
    address, found = LinkAddress.of_function(), {}
    if domain is not None:
        if not address.is_domain(domain):
            raise ApiError(ErrorCode.SHORT_NOT_FOUND)
        found["domain"] = address.domain
    if link is not None:
        try:
            found["link_id"] = function_reader().find_id(caller.workspace_id, address.code_in(link))
        except NotFoundError:
            raise ApiError(ErrorCode.SHORT_NOT_FOUND) from None
    return found


def _read_filters(parameters: QueryParameters) -> dict[str, str]:
    values = {name: parameters.text(name) for name in FILTERS}
    other = parameters.text(_OTHER_OS)
    if other is not None and values["os"] not in {None, other}:
        parameters.faults.add(_OTHER_OS, "invalid", f"`{_OTHER_OS}` and `os` are the same; send one of them.")
    values["os"] = values["os"] or other
    return {FILTERS[name]: value for name, value in values.items() if value is not None}
