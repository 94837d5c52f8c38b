"""Made-up traffic fits the datasources, and is the same each time."""

import gzip
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.demo.traffic.rows import DATASOURCES, IDENTITIES, PAGEVIEWS, Row
from local.demo.traffic.sending import bodies
from local.demo.traffic.sites import LEAVE, NEXT_PAGES, TITLES, Site
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
    assert set(NEXT_PAGES) == set(TITLES)
    assert {page for choices in NEXT_PAGES.values() for page in choices.values} <= {*TITLES, LEAVE}


def test_rows_are_what_the_functions_say_of_their_addresses_and_user_agents(traffic: list[Row]) -> None:
    events = [row.values for row in traffic if row.datasource != IDENTITIES]
    said = ("url", "referrer", "user_agent")

    derived = [enrich(Page(**{name: str(values[name]) or None for name in said})) for values in events]

    assert derived == [{column: values[column] for column in Enriched.__annotations__} for values in events]
    assert len({one["channel"] for one in derived}) > 5


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
