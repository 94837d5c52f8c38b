"""Made-up traffic fits the datasources, and is the same each time."""

import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import pytest

from local.demo.traffic import visits
from local.demo.traffic.rows import DATASOURCES, ENGAGEMENTS, IDENTITIES, PAGEVIEWS, Row, Values, of_engagement
from local.demo.traffic.sending import bodies
from local.demo.traffic.sites import LEAVE, NEXT_PAGES, SCREENS, TITLES, WORKED_ALONG_WITH, Site
from local.demo.traffic.visits import generate
from pixel.events.enrichment.columns import Enriched, Page, enrich

PROJECT = Path(__file__).resolve().parents[2] / "tinybird"
SITE = Site("ws_a", "admx_a", "a.example.com")
END = datetime(2026, 4, 2, 12, tzinfo=UTC)


def _traffic(*, seed: int = 1, site: Site = SITE, pageviews: int = 3_000) -> list[Row]:
    return list(generate(site, seed=seed, end=END, days=21, pageviews=pageviews))


@pytest.fixture(scope="module")
def traffic() -> list[Row]:
    return _traffic()


@pytest.mark.parametrize("datasource", DATASOURCES)
def test_rows_have_every_column_and_no_other(traffic: list[Row], datasource: str) -> None:
    columns = re.findall(r"`json:\$\.(\w+)`", (PROJECT / "datasources" / f"{datasource}.datasource").read_text())
    found = {frozenset(row.values) for row in traffic if row.datasource == datasource}

    assert found == {frozenset(columns)}


def test_same_seed_and_end_give_the_same_rows(traffic: list[Row]) -> None:
    assert _traffic() == traffic
    assert _traffic(seed=2) != traffic
    assert not {row.values["event_id"] for row in traffic} & {
        row.values["event_id"] for row in _traffic(site=SITE._replace(website_id="admx_b"))
    }


def test_pageviews_are_as_many_as_asked_for(traffic: list[Row]) -> None:
    assert sum(row.datasource == PAGEVIEWS for row in traffic) >= 3_000
    assert len({row.values["event_id"] for row in traffic if row.datasource == PAGEVIEWS}) == 3_000


def test_events_lie_in_the_days_before_the_end(traffic: list[Row]) -> None:
    times = [str(row.values["timestamp"]) for row in traffic]

    assert min(times) >= "2026-03-12T12:00:00.000Z"
    assert max(times) < "2026-04-02T12:00:00.000Z"
    assert all(str(row.values["received_at"]) >= str(row.values["timestamp"]) for row in traffic)


def test_every_page_leads_somewhere() -> None:
    assert set(NEXT_PAGES) == set(SCREENS) == set(TITLES) > WORKED_ALONG_WITH
    assert {page for choices in NEXT_PAGES.values() for page in choices.values} <= {*TITLES, LEAVE}


def test_rows_are_what_the_functions_say_of_their_addresses_and_user_agents(traffic: list[Row]) -> None:
    events = [row.values for row in traffic if row.datasource not in {IDENTITIES, ENGAGEMENTS}]
    said = ("url", "referrer", "user_agent")

    derived = [enrich(Page(**{name: str(values[name]) or None for name in said})) for values in events]

    assert derived == [{column: values[column] for column in Enriched.__annotations__} for values in events]
    assert len({one["channel"] for one in derived}) > 5


def test_engagements_come_before_the_next_page_and_say_no_more_than_the_time_until_then(traffic: list[Row]) -> None:
    for opened in _opened(traffic):
        since_ms = _ms(opened.page)
        until_ms = _ms(opened.next_page) if opened.next_page else END.timestamp() * 1000
        for values in opened.engagements:
            assert since_ms + int(values["visible_ms"]) <= _ms(values) <= until_ms
            assert int(values["visible_ms"]) >= 1000, "the browser pixel sends nothing for less"
            assert 0 < int(values["scroll"]) <= 100
            assert values.items() >= of_engagement(opened.page).items()
        assert since_ms + sum(int(values["visible_ms"]) for values in opened.engagements) <= until_ms


def test_most_pages_have_an_engagement_and_so_have_bounces(traffic: list[Row]) -> None:
    all_opened = list(_opened(traffic))
    of_people = [opened for opened in all_opened if opened.page["is_bot"] == 0]
    bounces = [opened for opened in of_people if opened.is_bounce]

    assert len(bounces) > 200
    for some in (of_people, bounces):
        assert 0.9 < mean(bool(opened.engagements) for opened in some) < 0.98
        assert 1 < mean(len(opened.engagements) for opened in some if opened.engagements) < 1.3
    assert {opened.page["bot_reason"] for opened in all_opened if opened.engagements} == {"", "headless_browser"}


def test_long_pages_are_seen_longer_and_less_of_them(traffic: list[Row]) -> None:
    depths, visible_ms = (
        {
            path: mean(int(row.values[name]) for row in traffic if _is_engagement(row, path))
            for path in ("/blog/server-side-analytics", "/pricing", "/thanks")
        }
        for name in ("scroll", "visible_ms")
    )

    article, pricing, thanks = depths.values()
    assert article < 70 < pricing < 95 < thanks <= 100
    article, pricing, thanks = visible_ms.values()
    assert 10_000 < thanks < pricing < article < 60_000


def test_all_other_rows_are_the_same_without_engagements(traffic: list[Row], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "seen", lambda *_: iter(()))

    assert _traffic() == [row for row in traffic if row.datasource != ENGAGEMENTS]


def test_bodies_hold_every_row_once(traffic: list[Row]) -> None:
    sent = [
        (body.datasource, json.loads(line))
        for body in bodies(traffic, rows_max=500)
        for line in gzip.decompress(body.gzipped).decode().splitlines()
    ]

    for datasource in DATASOURCES:
        assert [values for name, values in sent if name == datasource] == [
            row.values for row in traffic if row.datasource == datasource
        ]


class _Opened(NamedTuple):
    """A pageview with what is said of it."""

    page: Values
    engagements: list[Values]
    next_page: Values | None
    is_bounce: bool


def _opened(traffic: list[Row]) -> Iterator[_Opened]:
    by_visitor: dict[object, dict[object, Row]] = {}
    for row in traffic:
        if row.datasource in {PAGEVIEWS, ENGAGEMENTS}:
            by_visitor.setdefault(row.values["visitor_id"], {})[row.values["event_id"]] = row  # some arrive twice
    for rows in by_visitor.values():
        pages: list[tuple[Values, list[Values]]] = []
        for datasource, values in rows.values():
            if datasource == PAGEVIEWS:
                pages.append((values, []))
            else:
                pages[-1][1].append(values)
        is_first = True
        for (page, engagements), (next_page, _) in zip_longest(pages, pages[1:], fillvalue=(None, [])):
            assert page is not None
            is_last = next_page is None or _ms(next_page) - _ms(page) >= 1_800_000
            yield _Opened(page, engagements, next_page, is_bounce=is_first and is_last)
            is_first = is_last


def _ms(values: Values) -> float:
    return datetime.fromisoformat(str(values["timestamp"])).timestamp() * 1000


def _is_engagement(row: Row, path: str) -> bool:
    return row.datasource == ENGAGEMENTS and row.values["path"] == path
