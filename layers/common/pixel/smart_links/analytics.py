"""The analytics of short links: how often links were clicked, when, where and through what."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import groupby
from typing import Any, Final, NamedTuple

from pixel.auth.caller import Caller
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.http.query import QueryParameters
from pixel.http.response import Response
from pixel.http.route import Request
from pixel.links.rules_store import RuleStore
from pixel.reports.responses import query_data
from pixel.reports.window import read_timezone
from pixel.smart_links import paging
from pixel.smart_links.analytics_questions import (
    FILTERS,
    PERIOD_PARAMETERS,
    Period,
    read_filters,
    read_granularity,
    read_period,
)
from pixel.smart_links.link_routes import find_link_with_deleted, link_store
from pixel.smart_links.link_shape import short_url
from pixel.smart_links.names import moment_as_written, with_names_as_written
from pixel.smart_links.rule_report import rule_report
from pixel.tinybird.catalogue import Pipe
from pixel.tinybird.client import RetryPolicy

Row = Mapping[str, Any]

LIMIT: Final = 50
LIMIT_MAX: Final = 1000
# No report asks more than two pipes; both fit into the time of the function.
_RETRY_POLICY: Final = RetryPolicy(attempts=2, response_seconds=8, total_seconds=10, body_bytes_max=5_500_000)
USAGE: Final = "usage"
_RECENT: Final = 20
_LIVE_MINUTES: Final = {"minutes": "31"}  # thirty whole ones, and the present one
_DEVICES: Final = {"device": "deviceData", "browser": "browserData", "os": "osData"}
_UTM: Final = {
    "utm_source": "sourceData",
    "utm_medium": "mediumData",
    "utm_campaign": "campaignData",
    "utm_term": "termData",
    "utm_content": "contentData",
}


class Asked(NamedTuple):
    """What a report is asked for."""

    caller: Caller
    period: Period
    filters: Mapping[str, str]
    granularity: str
    limit: int

    def rows(self, pipe: str, **own: str) -> list[dict[str, Any]]:
        """Return the rows of a pipe for the period and the filters."""
        return rows_of(self.caller, pipe, {**self.period.parameters(), **self.filters, **own})


class Report(NamedTuple):
    """What a report answers, and its parameters beside the period and the filters."""

    answer: Callable[[Asked], object]
    parameters: tuple[str, ...] = ()


def rows_of(caller: Caller, pipe: str, parameters: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the rows of a pipe of clicks, for the workspace of the caller."""
    fixed = {**parameters, "workspace_id": caller.workspace_id}
    return query_data(caller, Pipe(pipe, "", {}, [], {}, []), fixed, retry_policy=_RETRY_POLICY)


def answer_overview(request: Request) -> Response:
    return Response(_answer(request, WORKSPACE_REPORTS["overview"]))


def answer_workspace_report(request: Request) -> Response:
    if request.path["report"] == USAGE:
        return Response(_usage(request))
    return Response(_answer(request, _named(WORKSPACE_REPORTS, request)))


def answer_link(request: Request) -> Response:
    return Response(_answer(request, LINK_REPORTS["summary"], is_of_link=True))


def answer_link_report(request: Request) -> Response:
    return Response(_answer(request, _named(LINK_REPORTS, request), is_of_link=True))


def answer_clicks(request: Request) -> Response:
    """Return clicks, newest first. Of more than can be reached, as many are counted as can be."""
    parameters = QueryParameters(request.query, {*PERIOD_PARAMETERS, *FILTERS, *paging.PARAMETERS})
    period = read_period(parameters, request.query)
    page = paging.read_page(parameters, limit_default=LIMIT, limit_max=LIMIT_MAX)
    asked = Asked(request.caller, period, read_filters(parameters), "day", page.limit)
    parameters.raise_faults()
    [totals] = asked.rows("l_totals")
    clicks = asked.rows("l_clicks", limit=str(page.limit), offset=str(page.offset))
    return page.response(map(_click, clicks), int(totals["clicks"]))


def answer_live(request: Request) -> Response:
    """Return the clicks of each of the last thirty whole minutes, and the last of all."""
    parameters = QueryParameters(request.query, FILTERS)
    asked = {**_LIVE_MINUTES, **read_filters(parameters)}
    parameters.raise_faults()
    minutes = rows_of(request.caller, "l_live", asked)
    recent = rows_of(request.caller, "l_clicks", {**asked, "limit": str(_RECENT)})
    return Response(
        {
            "minutes": [{"minute": moment_as_written(row["minute"]), "clicks": row["clicks"]} for row in minutes],
            "recent": [*map(_click, recent)],
        }
    )


def _usage(request: Request) -> object:
    """Return how many links there are, and the clicks of this month."""
    parameters = QueryParameters(request.query, {"timezone"})
    period = Period.of_this_month(read_timezone(parameters))
    parameters.raise_faults()
    entries = link_store(request.caller).list_live(request.caller.workspace_id, items_max=paging.REACH + 1)
    [totals] = rows_of(request.caller, "l_totals", period.parameters())
    links = min(len(entries), paging.REACH)
    more = {"linksIsLowerBound": True} if len(entries) > paging.REACH else {}
    return {"links": links, **more, "clicksThisMonth": totals["clicks"]}


def _named(reports: Mapping[str, Report], request: Request) -> Report:
    report = reports.get(request.path["report"])
    if report is None:
        raise ApiError(ErrorCode.NOT_FOUND)
    return report


def _answer(request: Request, report: Report, *, is_of_link: bool = False) -> object:
    filters = [name for name in FILTERS if not (is_of_link and name == "linkId")]
    parameters = QueryParameters(request.query, {*PERIOD_PARAMETERS, *filters, *report.parameters})
    period = read_period(parameters, request.query)
    granularity = read_granularity(parameters, period)
    limit = parameters.integer("limit", 1, LIMIT_MAX) or LIMIT
    asked = Asked(request.caller, period, read_filters(parameters), granularity, limit)
    parameters.raise_faults()
    if is_of_link:
        link = find_link_with_deleted(link_store(request.caller), request)
        asked = asked._replace(filters={**asked.filters, "link_id": link["id"]})
    return report.answer(asked)


def _overview(asked: Asked) -> object:
    before = asked._replace(period=asked.period.before())
    return {**_totals(asked), "previous": _totals(before)}


def _totals(asked: Asked) -> dict[str, object]:
    [row] = asked.rows("l_totals")
    return {
        "clicks": row["clicks"],
        "uniqueClicks": row["unique"],
        "qrScans": row["qr_scans"],
        "botClicks": row["bot_clicks"],
        "lastClickedAt": row["last_clicked_at"],
    }


def _timeseries(asked: Asked) -> object:
    rows = asked.rows("l_series", granularity=asked.granularity)
    return {
        "timeseries": [
            {
                "timestamp": row["bucket"][: len("2026-01-01T00:00:00")],
                "clicks": row["clicks"],
                "uniqueVisitors": row["unique"],
                "uniqueClicks": row["unique"],
            }
            for row in rows
        ],
        "granularity": asked.granularity,
    }


def _lists(names: Mapping[str, str], asked: Asked) -> object:
    """Return a list for each of several dimensions."""
    rows = asked.rows("l_properties", dimensions=",".join(names), limit=str(asked.limit))
    found = {dimension: [*of_dimension] for dimension, of_dimension in groupby(rows, lambda row: row["dimension"])}
    return {
        name: [_counted(row["value"], row["total"], row) for row in found.get(dimension, [])]
        for dimension, name in names.items()
    }


def _top(dimension: str, asked: Asked) -> list[dict[str, object]]:
    rows = asked.rows("l_top", dimension=dimension, limit=str(asked.limit))
    has_country = dimension in {"region", "city"}
    return [
        {**_counted(row["value"], row["clicks"], row), **({"country": row["country"]} if has_country else {})}
        for row in rows
    ]


def _counted(value: str, clicks: int, row: Row) -> dict[str, object]:
    unique = row["unique"]
    return {
        "dimension": value,
        "clicks": clicks,
        "uniqueClicks": unique,
        "unique_clicks": unique,
        "percentage": round(100 * row["share"], 2),
    }


def _links(asked: Asked) -> object:
    """Return the links that were clicked most, with the addresses and titles of those that still exist."""
    rows = _top("link_id", asked)
    found = link_store(asked.caller).find_all(asked.caller.workspace_id, [str(row["dimension"]) for row in rows])
    links = {link["id"]: {"shortUrl": short_url(link), "title": link.get("title")} for link in found}
    nothing = {"shortUrl": None, "title": None}
    return [{**row, **links.get(str(row["dimension"]), nothing)} for row in rows]


def _rules(asked: Asked) -> object:
    """Return the clicks of each rule's destinations, and of no rule, which has a row in any case."""
    store = RuleStore(link_store(asked.caller))
    rules = store.list_rules(asked.caller.workspace_id, link_id=asked.filters["link_id"]).rules
    return rule_report(asked.rows("l_rules"), rules)


def _click(row: Row) -> dict[str, object]:
    return {**with_names_as_written(row), "isBot": bool(row["is_bot"])}


def _by(dimension: str) -> Report:
    return Report(partial(_top, dimension), ("limit",))


_OF_BOTH: Final = {
    "timeseries": Report(_timeseries, ("granularity",)),
    "devices": Report(partial(_lists, _DEVICES), ("limit",)),
    "continents": _by("continent"),
    "regions": _by("region"),
    "cities": _by("city"),
    "referrers": _by("referrer"),
    "languages": _by("language"),
    "triggers": _by("trigger"),
    "utm": Report(partial(_lists, _UTM), ("limit",)),
}
WORKSPACE_REPORTS: Final[Mapping[str, Report]] = {
    "overview": Report(_overview),
    **_OF_BOTH,
    "countries": _by("country"),
    "links": Report(_links, ("limit",)),
    "campaigns": _by("campaign_id"),
    "tags": _by("tag"),
    "folders": _by("folder_id"),
}
LINK_REPORTS: Final[Mapping[str, Report]] = {
    "summary": Report(_overview),
    **_OF_BOTH,
    "geo": _by("country"),
    "rules": Report(_rules),
}
