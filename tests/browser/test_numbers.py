"""The page shows the numbers that the oracle of the pipes computes from the same rows, and those that were sent."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from local.demo.traffic import sites, visits
from local.demo.traffic.rows import DATASOURCES, Row
from local.demo.traffic.sending import bodies
from pixel.foundation.clock import to_iso
from tests.browser.conftest import Site, new_site
from tests.browser.watched import Watched
from tests.pipes.oracle.pipes import ANSWERS
from tests.pipes.oracle.question import Question
from tests.stack.running import RunningStack

Watch = Callable[..., Watched]
_ZONE = "Europe/Berlin"
_DAYS = 7
_ROWS = 9


class _Tab(NamedTuple):
    """A list of the page, and where its rows come from."""

    panel: str
    label: str
    pipe: str
    parameters: Mapping[str, str]
    name: str
    measured: str = "visitors"


_TABS = (
    _Tab("pages", "Top pages", "p_top_pages", {}, "path"),
    _Tab("pages", "Entry", "p_top_pages", {"sort": "entrances"}, "path", "entrances"),
    _Tab("pages", "Exit", "p_top_pages", {"sort": "exits"}, "path", "exits"),
    _Tab("sources", "Channels", "p_traffic_sources", {"by": "channel"}, "channel"),
    _Tab("sources", "Referrers", "p_referrers", {}, "referrer_host"),
    _Tab("sources", "Campaigns", "p_traffic_sources", {"by": "campaign"}, "utm_campaign"),
    _Tab("sources", "AI", "p_llm_traffic", {}, "llm_engine"),
    _Tab("places", "Countries", "p_geo", {"level": "country"}, "country"),
    _Tab("places", "Regions", "p_geo", {"level": "region"}, "region"),
    _Tab("places", "Cities", "p_geo", {"level": "city"}, "city"),
    _Tab("devices", "Devices", "p_devices", {}, "device"),
    _Tab("devices", "Browsers", "p_tech", {"by": "browser"}, "browser"),
    _Tab("devices", "Systems", "p_tech", {"by": "os"}, "os"),
    _Tab("devices", "Languages", "p_languages", {}, "language"),
)
_WITHOUT_UNKNOWN = {"Campaigns", "Regions", "Cities"}
_READ_AS_THEY_ARE = {"Top pages", "Entry", "Exit", "Browsers", "Systems", "Campaigns"}
"""Tabs whose rows have the names of the pipe; others have words for codes."""


class _Oracle:
    """What pipes must answer about a website, for two weeks of which the page shows one and compares the other."""

    def __init__(self, stack: RunningStack, site: Site, last: date) -> None:
        end = datetime.combine(last + timedelta(days=1), time.min, ZoneInfo(_ZONE))
        anybody = sites.Site("ws_anybody", "admx_any", "shop.example.com")  # else each run had other traffic
        owner = {"workspace_id": site.tenant.workspace_id, "website_id": site.id}
        traffic = visits.generate(anybody, seed=17, end=end, days=2 * _DAYS, pageviews=500)
        rows = [Row(row.datasource, {**row.values, **owner}) for row in traffic]
        for body in bodies(rows):
            stack.append(body.datasource, body.gzipped)
        self._tables = {
            name: [row.values for row in rows if row.datasource == name] for name in (*DATASOURCES, "goals")
        }
        self._site = site
        self._end = end

    def rows(self, pipe: str, parameters: Mapping[str, str] = {}, *, is_before: bool = False) -> list[dict[str, Any]]:
        zone = ZoneInfo(_ZONE)
        first = self._end.date() - timedelta(days=_DAYS * (2 if is_before else 1))
        edges = [datetime.combine(day, time.min, zone) for day in (first, first + timedelta(days=_DAYS))]
        window = {
            name: f"{edge.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
            for name, edge in zip(("date_from", "date_to"), edges, strict=True)
        }
        given = {
            "workspace_id": self._site.tenant.workspace_id,
            "website_id": self._site.id,
            "timezone": _ZONE,
            "limit": "500",
            **window,
            **parameters,
        }
        return ANSWERS[pipe](Question(self._tables, given, datetime.now(UTC)))

    def list_of(self, tab: _Tab) -> list[tuple[str, str]]:
        """Return the names and numbers of the largest rows, and those of all others together."""
        fewest = 3 if tab.label == "Cities" else 1
        found = sorted(
            (-row[tab.measured], row[tab.name], row["visitors"] >= fewest)
            for row in self.rows(tab.pipe, tab.parameters)
            if row[tab.measured] and (row[tab.name] or tab.label not in _WITHOUT_UNKNOWN)
        )
        first = [(text, -number) for number, text, is_large in found if is_large][:_ROWS]
        rest = -sum(number for number, _, _ in found) - sum(number for _, number in first)
        others = [("Others", rest)] if len(found) > len(first) else []
        return [(text or "Unknown", f"{number:,}") for text, number in (*first, *others)]


def _tiles(row: Mapping[str, Any]) -> list[str]:
    seconds = int(row["milliseconds"] / (1000 * row["sessions"]) + 0.5)
    return [
        *(f"{row[name]:,}" for name in ("visitors", "pageviews", "sessions")),
        _percent(row["bounces"] / row["sessions"]),
        f"{seconds // 60}m {seconds % 60}s" if seconds >= 60 else f"{seconds}s",
        f"{row['conversions']:,}",
    ]


def _percent(share: float) -> str:
    percent = 100 * Decimal(repr(share))
    digits = Decimal("0.1") if 0 < percent < 10 else Decimal(1)
    return f"{percent.quantize(digits, ROUND_HALF_UP)}".removesuffix(".0") + "%"


def _goal(row: Mapping[str, Any]) -> list[str]:
    return [row["goal_name"], f"{row['visitors']:,}", f"{row['conversions']:,}", _percent(row["conversion_rate"])]


def _shown(board: Watched, tab: _Tab) -> list[tuple[str, str]]:
    board.page.locator(f"[data-panel={tab.panel}]").get_by_role("tab", name=tab.label, exact=True).click()
    board.wait()
    rows = f"[data-panel={tab.panel}] .row"
    return list(zip(board.texts(f"{rows} .clip"), board.texts(f"{rows} .row-value"), strict=True))


def test_the_page_shows_the_oracle_s_numbers(watch: Watch, stack: RunningStack) -> None:
    site = new_site(stack, timezone=_ZONE)
    last = datetime.now(ZoneInfo(_ZONE)).date() - timedelta(days=1)
    oracle = _Oracle(stack, site, last)
    days = f"from={last - timedelta(days=_DAYS - 1)}&to={last}"

    board = watch(f"{site.share()}?period=custom&{days}")

    [now], [before] = oracle.rows("i_summary"), oracle.rows("i_summary", is_before=True)
    assert board.texts("[data-metric]") == _tiles(now)
    for text, number in zip(board.texts(".tile-before"), _tiles(before), strict=True):
        assert text.endswith(f" {number}")

    goals = [text.replace("\n", "").split("\t")[:4] for text in board.texts("[data-panel=goals] tbody tr")]
    assert goals == [_goal(row) for row in oracle.rows("p_goal_conversions", {"currency": "USD"})]

    for tab in _TABS:
        shown, expected = _shown(board, tab), oracle.list_of(tab)
        assert [number for _, number in shown] == [number for _, number in expected], tab
        if tab.label in _READ_AS_THEY_ARE:
            assert [text for text, _ in shown] == [text for text, _ in expected], tab

    board.page.get_by_role("button", name="More of the chart").click()
    board.page.get_by_role("menuitem", name="Show as table").click()
    board.page.locator(".chart-table").wait_for()
    series = {"granularity": "day", "metric": "visitors"}
    for place, is_before in ((2, False), (4, True)):
        values = [f"{row['value']:,.0f}" for row in oracle.rows("p_metric_series", series, is_before=is_before)]
        assert board.texts(f".chart-table tbody td:nth-child({place})") == values


@pytest.mark.thorough
def test_numbers_are_those_that_were_sent(watch: Watch, site: Site) -> None:
    at = to_iso(datetime.now(UTC) - timedelta(minutes=2))
    seen = [("ann", "/", "DE"), ("ann", "/pricing", "DE"), ("bob", "/pricing", "FR"), ("cy", "/pricing", "DE")]
    site.send(
        *({"name": "pageview", "visitor_id": who, "path": path, "country": country, "timestamp": at}
          for who, path, country in seen),
        {"name": "custom", "goal_name": "signup", "visitor_id": "ann", "path": "/pricing", "timestamp": at},
    )  # fmt: skip

    page = watch(site.share() + "?period=7d&compare=none")

    numbers = {
        name: page.texts(f"[data-metric={name}]")[0] for name in ("visitors", "pageviews", "sessions", "conversions")
    }
    assert numbers == {"visitors": "3", "pageviews": "4", "sessions": "3", "conversions": "1"}
    assert page.texts("[data-panel=pages] .row-name") == ["/pricing", "/"]
    assert page.texts("[data-panel=pages] .row-value") == ["3", "1"]
    assert page.texts("[data-panel=places] .row-name .clip") == ["Germany", "France"]
    assert page.texts("[data-panel=goals] tbody th") == ["signup"]
    assert page.texts(".live b") == ["3"]
