"""A tenant sees its own rows and nothing else, whatever is asked."""

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.pipes.generate import TABLES, goal_row
from tests.pipes.hostile import Arsenal
from tests.pipes.oracle.pipes import ANSWERS, CLICK_ANSWERS
from tests.pipes.parameters import INTERNAL, WITHOUT_DATES, names_of, needed_of
from tests.pipes.warehouse import PROJECT, Answer, Warehouse, new_workspace
from tests.thorough import depth, some_of

REQUESTS_PER_PIPE = depth("TESTS_PIPES_ATTACKS", usual=3, thorough=15)
MARK = "foreign"
PROPERTY = "shared"  # a key that rows of both tenants have
VALID = {
    "date_from": "2025-06-01 00:00:00",
    "date_to": "2025-06-03 00:00:00",
}
TYPED = (
    "date_from",
    "date_to",
    "include_bots",
    "limit",
    "offset",
    "minutes",
    "window_hours",
    "lookback_days",
    "strict",
)
# ClickHouse's words, and how Tinybird announces them.
ERROR_OF_CLICKHOUSE = re.compile(r"DB::|Code: \d|\[Error\]|ClickHouse|While (?:processing|executing)")

_TABLES = (*TABLES, "clicks")
_READ = re.compile(rf"\b(?:FROM|JOIN)\s+({'|'.join(_TABLES)})\b", re.IGNORECASE)
_TENANT = re.compile(r"\bworkspace_id\s*=\s*\{\{\s*String\(\s*workspace_id\s*(?:,\s*description\s*=[^{}]*)?\)\s*\}\}")
_ALL = (*ANSWERS, *CLICK_ANSWERS, *INTERNAL)
_PIPES = sorted(PROJECT.rglob("*.pipe"))


class Attack(NamedTuple):
    pipe: str
    parameters: list[tuple[str, object]]
    token: str


class Tenants(NamedTuple):
    own: str
    foreign: str


@pytest.fixture(scope="module")
def tenants(warehouse: Warehouse) -> Tenants:
    """Both with the same ids; every other text of the second one carries the mark."""
    both = Tenants(new_workspace(), new_workspace())
    for workspace_id, mark in zip(both, ("own", MARK), strict=True):
        warehouse.send(
            workspace_id, {table: [_row(table, mark, shared) for shared in (True, False)] for table in _TABLES}
        )
    return both


@pytest.mark.parametrize("file", _PIPES, ids=lambda file: file.stem)
def test_every_read_is_of_one_tenant(file: Path) -> None:
    for node in re.split(r"^NODE\s+", file.read_text(), flags=re.MULTILINE)[1:]:
        reads = [match.start() for match in _READ.finditer(node)]
        for start, end in zip(reads, [*reads, len(node)][1:], strict=True):
            assert _TENANT.search(node, start, end), f"{node.split()[0]} reads without workspace_id:\n{node[start:end]}"


@pytest.mark.parametrize("file", _PIPES, ids=lambda file: file.stem)
def test_the_tenant_is_never_optional(file: Path) -> None:
    assert not re.search(r"defined\(\s*['\"]?workspace_id", file.read_text())


@pytest.mark.parametrize("pipe", _ALL)
def test_no_pipe_answers_without_a_tenant(warehouse: Warehouse, pipe: str) -> None:
    nobodys = warehouse.stand_in.jwt(warehouse.stand_in.claims(pipe, {}))

    for token in ("admin", nobodys):
        assert warehouse.ask(pipe, _valid(pipe), token).status == 400


@pytest.mark.parametrize("pipe", some_of(_ALL, 12))
def test_fixed_tenant_wins(warehouse: Warehouse, tenants: Tenants, pipe: str) -> None:
    asked = [*_valid(pipe).items(), ("workspace_id", tenants.foreign), ("workspace_id[]", tenants.foreign)]

    answer = warehouse.ask(pipe, asked, _token(warehouse, tenants.own))

    assert answer.rows == warehouse.ask(pipe, {**_valid(pipe), "workspace_id": tenants.own}).rows
    assert MARK not in answer.text


def test_the_mark_is_seen_where_it_is(warehouse: Warehouse, tenants: Tenants) -> None:
    """Else the tests below would see nothing, whatever there is."""
    asked = {"workspace_id": tenants.foreign, "level": "region"}
    marked = {pipe for pipe in _ALL if MARK in warehouse.ask(pipe, {**_valid(pipe), **asked}).text}

    only_numbers = {
        "p_realtime_visitors",
        "p_pixel_healthcheck",
        "p_metric_series",
        "p_overview",
        "i_summary",
        "i_alert_values",
        "i_realtime",
        "f_site_totals",
        *("l_totals", "l_link_totals", "l_series", "l_live"),
    }
    assert marked == set(_ALL) - only_numbers - {"p_funnel", "p_funnel_v2", "p_retention_cohort"}


def test_an_external_id_finds_visitors_of_the_tenant_alone(warehouse: Warehouse, tenants: Tenants) -> None:
    token = _token(warehouse, tenants.own)
    found = {
        mark: warehouse.ask("p_visitor_profile", {"external_id_hash": f"{mark}-hash"}, token) for mark in ("own", MARK)
    }

    assert {row["visitor_id"] for row in found["own"].rows} == {"ann", "own-ann"}
    assert found[MARK].rows == []
    assert MARK not in found["own"].text


def test_hostile_values_reach_nothing(warehouse: Warehouse, tenants: Tenants) -> None:
    attacks = list(_attacks(warehouse, tenants))
    values = sum(len(attack.parameters) for attack in attacks)
    assert values > 200 * REQUESTS_PER_PIPE

    with ThreadPoolExecutor(2) as threads:
        answers = threads.map(lambda attack: warehouse.ask(attack.pipe, attack.parameters, attack.token), attacks)
        wrong = [
            f"{attack.pipe} {attack.parameters}\n    {answer.status} {answer.text[:500]}"
            for attack, answer in zip(attacks, answers, strict=True)
            if _is_wrong(answer)
        ]
    if wrong:
        pytest.fail(f"{len(wrong)} of {len(attacks)}:\n" + "\n".join(islice(wrong, 20)), pytrace=False)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM pageviews",
        "SELECT * FROM _ UNION ALL SELECT * FROM p_top_pages",
        "SELECT (SELECT any(path) FROM pageviews) FROM _",
        "SELECT path FROM _ WHERE path IN (SELECT path FROM tenant_events)",
        "SELECT * FROM default.pageviews",
        "SELECT * FROM system.tables",
        "SELECT * FROM merge('default', 'pageviews')",
        "SELECT 1) UNION ALL (SELECT path FROM pageviews",
        "WITH _ AS (SELECT * FROM pageviews) SELECT * FROM _",
        "\\",
    ],
)
def test_sql_over_the_answer_reaches_nothing(warehouse: Warehouse, tenants: Tenants, query: str) -> None:
    """`q` is SQL by Tinybird's design: what it says of wrong SQL is meant for its author."""
    token = _token(warehouse, tenants.own)

    answer = warehouse.ask("p_devices", {**_valid("p_devices"), "q": query}, token)

    assert answer.status in {200, 400}
    assert MARK not in answer.text


def _is_wrong(answer: Answer) -> bool:
    if answer.status not in {200, 400}:
        return True
    return MARK in answer.text or (answer.status == 400 and bool(ERROR_OF_CLICKHOUSE.search(answer.text)))


def _attacks(warehouse: Warehouse, tenants: Tenants) -> Iterator[Attack]:
    arsenal = Arsenal([tenants.foreign, f"' OR workspace_id = '{tenants.foreign}", "site-1", "ann", "s1"])
    token = _token(warehouse, tenants.own)
    for pipe in _ALL:
        names = names_of(pipe)
        texts, typed = [name for name in names if name not in TYPED], [name for name in names if name in TYPED]
        for _ in range(REQUESTS_PER_PIPE):
            attacked: dict[str, object] = dict(_valid(pipe))
            # Many texts at once, but one value with a type: the first that is refused hides the others.
            share = 0.2 if arsenal.chance(0.5) else 0.7
            attacked |= {name: arsenal.value() for name in texts if arsenal.chance(share)}
            if arsenal.chance(0.3):
                attacked[arsenal.one_of(typed)] = arsenal.value()
            extra = [(arsenal.one_of([*names, "workspace_id", "defined"]), arsenal.value()) for _ in range(2)]
            repeated = [*attacked.items(), *(extra if arsenal.chance(0.3) else [])]
            if arsenal.chance(0.2):
                yield Attack(pipe, [*repeated, ("workspace_id", arsenal.value())], "admin")
            yield Attack(pipe, repeated, token)


def _valid(pipe: str) -> dict[str, str]:
    dates = {"date_from", "date_to"} if pipe in WITHOUT_DATES else set()
    needed = needed_of(pipe)
    if "property_key" in needed:
        needed["property_key"] = PROPERTY
    return needed | {name: value for name, value in VALID.items() if name in names_of(pipe) and name not in dates}


def _token(warehouse: Warehouse, workspace_id: str) -> str:
    """As the API signs it, for all pipes."""
    scopes = [{"type": "PIPES:READ", "resource": pipe, "fixed_params": {"workspace_id": workspace_id}} for pipe in _ALL]
    return warehouse.stand_in.jwt(warehouse.stand_in.claims("", {}, scopes=scopes))


def _row(table: str, mark: str, shared: bool) -> Mapping[str, object]:  # noqa: FBT001 - as the loop has it
    """`shared`: under the ids that the other tenant has as well."""
    stamp = "2025-06-01T12:00:00.000Z" if shared else "2025-06-01T12:10:00.000Z"
    if table == "goals":  # reached by everything on the website
        return {**goal_row("site-1", f"goal_{shared}", {"name": mark, "selector": "/*"}), "pattern": "^site-1 "}
    if table == "clicks":
        return _click(mark, stamp, shared)
    ids = {"website_id": "site-1", "visitor_id": "ann", "event_id": "e1"}
    row: dict[str, object] = {"timestamp": stamp, "received_at": stamp}
    row.update(ids if shared else {name: f"{mark}-{value}" for name, value in ids.items()})
    if table == "identities":
        return {**row, "external_id_hash": f"{mark}-hash", "traits": f'{{"plan":"{mark}"}}'}
    if table == "engagements":
        texts = ("host", "path", "country", "device", "browser", "os", "bot_reason")
        return {**row, **{name: f"{mark}-{name}" for name in texts}, "visible_ms": 666, "scroll": 66}
    for name in ("path", "title", "referrer_host", "channel", "utm_source", "utm_medium", "utm_campaign", "utm_term"):
        row[name] = f"{mark}-{name}"
    for name in (
        "utm_content",
        "llm_engine",
        "country",
        "region",
        "city",
        "language",
        "device",
        "browser",
        "os",
        "bot_reason",
    ):
        row[name] = f"{mark}-{name}"
    own: dict[str, dict[str, object]] = {
        "pageviews": {"properties": f'{{"{PROPERTY}":"{mark}","{mark}":1}}'},
        "custom_goals": {"goal_name": f"{mark}-goal", "value": 6.66, "currency": mark},
        "visitor_payments": {"amount": 66.6, "currency": mark, "product_name": f"{mark}-product"},
    }
    row.update(own[table])
    return row


def _click(mark: str, stamp: str, shared: bool) -> Mapping[str, object]:  # noqa: FBT001 - as above
    texts = (
        *("domain", "code", "campaign_id", "folder_id", "rule_id", "destination_host", "visitor_hash", "user_agent"),
        *("country", "continent", "region", "city", "language", "device", "browser", "os", "referrer", "referrer_host"),
        *("channel", "llm_engine", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "bot_reason"),
    )
    return {
        **{name: f"{mark}-{name}" for name in texts},
        **{name: value if shared else f"{mark}-{value}" for name, value in (("link_id", "link_a"), ("click_id", "c1"))},
        "timestamp": stamp,
        "received_at": stamp,
        "tags": [mark],
        "status": 302,
        "outcome": "redirected",
    }
