"""Tinybird's own tests, for `tb test run`: tinybird/fixtures/*.ndjson and tinybird/tests/*.yaml.

`python -m tests.pipes.tinybird_tests` writes them: the rows of a small sample of two tenants, and for each endpoint
what it answers. An answer is only written where the oracle computes the same rows; the text is the stand-in's, because
that is how ClickHouse prints them.
"""

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from urllib.parse import urlencode

import yaml

from local.demo.traffic.rows import DATASOURCES, IDENTITIES, VISITOR_PAYMENTS, Row, Values
from local.demo.traffic.sending import to_ndjson
from local.demo.traffic.sites import Site
from local.demo.traffic.visits import generate
from tests.local.tinybird.running import REPOSITORY, StandIn
from tests.pipes.click_parameters import CLICK_PIPES_WITHOUT_DATES
from tests.pipes.click_rows import click
from tests.pipes.comparison import compared
from tests.pipes.generate import goal_row
from tests.pipes.oracle.pipes import ANSWERS, CLICK_ANSWERS
from tests.pipes.oracle.question import Question
from tests.pipes.parameters import needed_of
from tests.pipes.warehouse import Warehouse

SITES = (Site("ws_demo", "admx_demo", "demo.example.com"), Site("ws_other", "admx_other", "other.example.com"))
END = datetime(2026, 4, 2, tzinfo=UTC)  # Europe changes its clocks on 29 March
DAYS = 14
PAGEVIEWS = 60
SEED = 1273  # one that brings payments in several currencies and a refund

_GOALS = {"Pricing": "/pricing*", "Signed up": "event:signup"}

type Tables = dict[str, list[Values]]

_STEPS = "/,/pricing,goal:signup"
_VARIANTS: Mapping[str, tuple[dict[str, str], ...]] = {
    "p_realtime_visitors": ({"minutes": "60"},),
    "p_top_pages": ({"country": "US"}, {"include_bots": "1", "limit": "3"}),
    "p_referrers": ({"limit": "2", "offset": "1"},),
    "p_geo": ({"level": "region"}, {"level": "city", "device": "mobile"}),
    "p_devices": ({"channel": "organic_search"},),
    "p_tech": ({"include_bots": "1"}, {"by": "os"}),
    "p_languages": ({"device": "desktop"},),
    "p_traffic_sources": ({"currency": "EUR"}, {"by": "campaign"}),
    "p_funnel": ({"steps": _STEPS}, {"steps": "/signup,/welcome", "window_hours": "1"}),
    "p_funnel_v2": (
        {"steps": f"{_STEPS},payment"},
        {"steps": "/signup,/welcome", "strict": "1", "breakdown": "device"},
    ),
    "p_goal_conversions": ({"path": "/signup"}, {"currency": "EUR"}),
    "p_attributed_revenue": ({"model": "linear", "by": "source"}, {"model": "position_based"}),
    "p_retention_cohort": ({"period": "day"},),
    "p_sessions_list": ({"limit": "2"},),
    "p_visitor_profile": (),
    "p_visitor_timeline": ({"limit": "3"},),
    "p_llm_traffic": ({"country": "US"},),
    "p_events_catalog": ({"path": "/signup"},),
    "p_pixel_healthcheck": (),
    "l_totals": ({"country": "us", "include_bots": "1"}, {"tag_name": "spring", "trigger": "qr"}),
    "l_link_totals": ({"link_ids": "link_c"},),
    "l_series": ({"granularity": "week"}, {"utm_campaign": "50% off"}),
    "l_top": ({"dimension": "city", "limit": "2"}, {"dimension": "tag"}),
    "l_properties": ({"dimensions": "os,referrer", "limit": "1"},),
    "l_rules": ({"link_id": "link_a", "include_bots": "1"},),
    "l_clicks": ({"limit": "2", "offset": "1"},),
    "i_summary": ({"channel": "organic_search"},),
    "i_realtime": (),
    "i_alert_values": ({"metric": "bounce_rate"}, {"metric": "conversions", "goal": "Pricing", "country": "US"}),
    "f_site_totals": ({"include_bots": "1"},),
    "p_overview": ({"currency": "EUR", "device": "desktop"},),
    "p_engagement": ({"device": "desktop", "limit": "2"}, {"path": "/pricing"}),
    "p_properties": ({"property_key": "seats"}, {"property_key": "method", "property_value": "google"}),
    "p_metric_series": ({"metric": "bounce_rate", "granularity": "week"}, {"metric": "revenue", "currency": "EUR"}),
}
_NEEDED = {
    "i_alert_values": {
        "website_ids": ",".join(site.website_id for site in SITES),
        "windows": f"{int((END - timedelta(days=DAYS)).timestamp())},86400,{DAYS}",
    },
    "p_funnel": {"steps": _STEPS},
    "p_funnel_v2": {"steps": _STEPS},
}
_UNDATED = {"i_realtime", "p_realtime_visitors", "p_pixel_healthcheck", "p_visitor_profile", "p_visitor_timeline"}
_PIPES = (*ANSWERS, *(pipe for pipe in CLICK_ANSWERS if pipe != "l_live"))  # whose minutes are those of the clock
_CLICKS = 40  # of each tenant
_ABOUT_A_VISITOR = {"p_visitor_profile", "p_visitor_timeline"}


class Case(NamedTuple):
    name: str
    description: str
    parameters: dict[str, str]


class SampleError(Exception):
    """The pipes and the oracle differ: there is nothing to write down."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.pipes.tinybird_tests")
    parser.add_argument("--into", type=Path, default=REPOSITORY / "tinybird")
    into = parser.parse_args().into
    with tempfile.TemporaryDirectory() as folder, StandIn(Path(folder), "--quiet", project=into) as stand_in:
        for file, text in documents(Warehouse(stand_in)).items():
            target = into / file
            target.parent.mkdir(exist_ok=True)
            target.write_text(text)


def documents(warehouse: Warehouse, cases_asked_max: int | None = None) -> dict[Path, str]:
    """Every file's text, from a warehouse where the sample's tenants have no rows yet.

    Beyond so many cases of a pipe, the answer is the one that its file has.
    """
    tables = sample()
    for datasource, batch in tables.items():
        response = warehouse.stand_in.append(*batch, datasource=datasource, wait="true")
        if response.json != {"successful_rows": len(batch), "quarantined_rows": 0}:
            raise SampleError(f"{datasource}: {response.body!r}")
    found = {Path("fixtures") / f"{datasource}.ndjson": to_ndjson(batch) for datasource, batch in tables.items()}
    for pipe in _PIPES:
        file = Path("tests") / f"{pipe}.yaml"
        described = []
        for place, case in enumerate(_cases(pipe, tables)):
            is_asked = cases_asked_max is None or place < cases_asked_max
            answer = _answer(warehouse, pipe, case, tables) if is_asked else _written(file, case)
            described.append(_described(case, answer))
        found[file] = yaml.dump(described, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
    return found


def sample() -> Tables:
    """Of both tenants; one row of each datasource arrives twice."""
    tables: Tables = {datasource: [] for datasource in DATASOURCES}
    for site in SITES:
        rows: list[Row] = list(generate(site, seed=SEED, end=END, days=DAYS, pageviews=PAGEVIEWS))
        for datasource in DATASOURCES:
            of_it = [row.values for row in rows if row.datasource == datasource]
            tables[datasource] += [*of_it, *of_it[:1]]
    tables["goals"] = [
        {
            "workspace_id": site.workspace_id,
            **goal_row(site.website_id, f"goal_{name}", {"name": name, "selector": selector}),
        }
        for site in SITES
        for name, selector in _GOALS.items()
    ]
    tables["clicks"] = [row for site in SITES for row in _clicks(site)]
    return tables


def _clicks(site: Site) -> list[Values]:
    """Return made-up clicks of the window, the first of which arrives twice."""
    dice = Random(f"{SEED} {site.workspace_id}")
    moments = [END - timedelta(hours=dice.uniform(0, 24 * DAYS)) for _ in range(_CLICKS)]
    rows = [click(dice, f"clk_{number}", moment) for number, moment in enumerate(moments)]
    return [{"workspace_id": site.workspace_id, **row} for row in (*rows, rows[0])]


def _cases(pipe: str, tables: Tables) -> Iterator[Case]:
    for site in SITES:
        yield Case(
            site.workspace_id, f"only events of {site.workspace_id}", _parameters(pipe, site.workspace_id, tables)
        )
    for number, variant in enumerate(_VARIANTS[pipe], 1):
        parameters = {**_parameters(pipe, SITES[0].workspace_id, tables), **variant}
        yield Case(f"variant_{number}", ", ".join(f"{name}={value}" for name, value in variant.items()), parameters)
    stranger = {**_parameters(pipe, SITES[0].workspace_id, tables), "workspace_id": SITES[1].workspace_id}
    if pipe in CLICK_ANSWERS:
        foreign = {**stranger, "workspace_id": "ws_third", "link_id": "link_a"}
        yield Case("foreign_link", "a link of another tenant has no clicks", foreign)
        return
    foreign = {**stranger, "website_id": SITES[0].website_id}
    yield Case("foreign_website", "a website or visitor of another tenant has no events", foreign)


def _parameters(pipe: str, workspace_id: str, tables: Tables) -> dict[str, str]:
    parameters = {"workspace_id": workspace_id, **needed_of(pipe), **_NEEDED.get(pipe, {})}
    if pipe not in {*_UNDATED, *CLICK_PIPES_WITHOUT_DATES}:
        window = {"date_from": END - timedelta(days=DAYS), "date_to": END}
        parameters |= {name: f"{moment:%Y-%m-%d %H:%M:%S}" for name, moment in window.items()}
        parameters["timezone"] = "Europe/Berlin"
    if pipe in _ABOUT_A_VISITOR:
        parameters["visitor_id"] = _visitor(workspace_id, tables)
    return parameters


def _visitor(workspace_id: str, tables: Tables) -> str:
    """Return the visitor with most events, if possible one who has paid or been identified."""
    rows = [(datasource, row) for datasource, batch in tables.items() for row in batch]
    of_tenant = [
        (datasource, str(row["visitor_id"]))
        for datasource, row in rows
        if row["workspace_id"] == workspace_id and "visitor_id" in row and datasource != "engagements"
    ]
    known = {visitor for datasource, visitor in of_tenant if datasource in {VISITOR_PAYMENTS, IDENTITIES}}
    visitors = [visitor for _, visitor in of_tenant]
    return max(known or set(visitors), key=lambda visitor: (visitors.count(visitor), visitor))


def _answer(warehouse: Warehouse, pipe: str, case: Case, tables: Tables) -> str:
    answer = warehouse.ask_for_lines(pipe, case.parameters)
    differs = compared(pipe, Question(tables, case.parameters, datetime.now(UTC)), answer)
    if differs is not None:
        raise SampleError(str(differs))
    return answer.text


def _written(file: Path, case: Case) -> str:
    """Return the answer that stands in the project's file, or none if it lacks the case."""
    whole = REPOSITORY / "tinybird" / file
    described = yaml.load(whole.read_text(), Loader=yaml.CSafeLoader) if whole.exists() else []
    return next((str(one["expected_result"]) for one in described if one["name"] == case.name), "")


def _described(case: Case, answer: str) -> dict[str, Any]:
    return {
        "name": case.name,
        "description": case.description,
        "parameters": urlencode(case.parameters),
        "expected_result": answer,
    }


class _Dumper(yaml.SafeDumper):
    """Answers stand in the file as they were given, a row a line."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


if __name__ == "__main__":
    main()
