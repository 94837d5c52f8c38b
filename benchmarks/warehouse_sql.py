"""SQL that generates 999 websites from the values of local/demo/traffic, chosen by hashes of numbers."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from local.demo.traffic.calendar import DAY_MS, HOUR_WEIGHTS, WEEKDAY_WEIGHTS
from local.demo.traffic.choices import Choices
from local.demo.traffic.machines import MACHINES
from local.demo.traffic.places import PLACES
from local.demo.traffic.sites import CURRENCIES, DEFAULT_CURRENCY, LANDINGS, PRODUCTS, TITLES
from local.demo.traffic.sources import SOURCES

WEBSITES = 999  # besides the small one
_SLOTS = 4096  # more than the days of the longest history
_VISIT_LENGTHS = (1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 8, 12)
_BOT_IN = 17  # one visitor in so many
_GOAL_IN = 20  # one visit in so many, as below
_PAYMENT_IN = 120
_IDENTITY_IN = 60

_COLUMNS = """
    workspace_id, website_id, event_id, visitor_id, session_id, timestamp, received_at, url, host, path, title,
    referrer, referrer_host, channel, utm_source, utm_medium, utm_campaign, utm_term, utm_content, llm_engine,
    country, region, city, language, device, browser, os, screen, user_agent, properties, is_bot, bot_reason
"""


def inserts(pageviews: int, end: datetime, days: int) -> Iterator[str]:
    visits = round(pageviews * len(_VISIT_LENGTHS) / sum(_VISIT_LENGTHS))
    events = _events(visits, end, days)
    yield f"INSERT INTO pageviews ({_COLUMNS}) SELECT {_COLUMNS} FROM ({events})"
    one_a_visit = f"({events}) WHERE step = 0 AND NOT is_bot AND chance"
    own_id = _COLUMNS.replace("event_id", "concat('{}', event_id)")
    yield (
        f"INSERT INTO custom_goals ({_COLUMNS}, goal_name) "
        f"SELECT {own_id.format('g')}, ['signup', 'trial_started', 'newsletter'][intDiv(chance, 32) % 3 + 1] "
        f"FROM {one_a_visit} % {_GOAL_IN} = 0"
    )
    products = PRODUCTS.values
    currencies = json.dumps(sorted(CURRENCIES)).replace('"', "'")
    yield (
        f"INSERT INTO visitor_payments ({_COLUMNS}, amount, currency, refund, transaction_id, product_name) "
        f"SELECT {own_id.format('p')}, {[product.amount for product in products]}[product], "
        f"if(has({currencies}, country), if(country = 'GB', 'GBP', 'EUR'), '{DEFAULT_CURRENCY}'), "
        f"intDiv(chance, 64) % 14 = 0, concat('tx_', event_id), "
        f"{_texts(product.name for product in products)}[product] "
        f"FROM (SELECT *, {_slot(PRODUCTS, 'chance')} AS product FROM {one_a_visit} % {_PAYMENT_IN} = 0)"
    )
    identity = "workspace_id, website_id, event_id, visitor_id, timestamp, received_at"
    yield (
        f"INSERT INTO identities ({identity}, external_id_hash) "
        f"SELECT {identity}, lower(hex(SHA256(visitor_id))) FROM {one_a_visit} % {_IDENTITY_IN} = 0"
    )


def _events(visits: int, end: datetime, days: int) -> str:
    """Return SQL for one row for each page of each visit, with values from the lists of local/demo/traffic."""
    page = f"if(step = 0, landing, cityHash64(visit, step) % {len(TITLES)} + 1)"
    paths, titles = _texts(TITLES), _texts(TITLES.values())
    landings = f"[{', '.join(str(list(TITLES).index(path) + 1) for path in LANDINGS.values)}]"
    first = {name: f"if(step = 0, {_pool(SOURCES, name, 'source')}, '')" for name in SOURCES.values[0]._fields}
    first["channel"] = f"if(step = 0, {_pool(SOURCES, 'channel', 'source')}, 'direct')"
    first["referrer"] = f"if(step = 0, {_pool(SOURCES, 'referrer', 'source')}, concat('https://', host, '/'))"
    place = {name: _pool(PLACES, name, "place") for name in ("country", "region", "city", "language")}
    machine = {name: _pool(MACHINES, name, "machine") for name in MACHINES.values[0]._fields}
    named = ", ".join(f"{sql} AS {name}" for name, sql in {**first, **place, **machine}.items())
    return f"""
        SELECT
            *,
            concat('evt_', lower(hex(cityHash64(visit, step, 'event'))), lower(hex(toUInt32(visit)))) AS event_id,
            concat('site', toString(rank), '.example.com') AS host,
            {page} AS page,
            {paths}[page] AS path,
            {titles}[page] AS title,
            concat('https://', host, path) AS url,
            fromUnixTimestamp64Milli(toInt64(start_ms + step * (5000 + chance % 70000))) AS timestamp,
            timestamp + toIntervalMillisecond(40 + chance % 900) AS received_at,
            '{{}}' AS properties,
            {named}
        FROM (
            SELECT
                *,
                {_slot(PLACES, "person")} AS place,
                {_slot(MACHINES, "intDiv(person, 1024)")} AS machine,
                {_slot(SOURCES, "chance")} AS source,
                {landings}[{_slot(LANDINGS, "intDiv(chance, 1024)")}] AS landing,
                person % {_BOT_IN} = 0 AS is_bot,
                if(is_bot, 'crawler', '') AS bot_reason,
                if(person % 3 = 0, concat('s_', lower(hex(chance))), '') AS session_id,
                arrayJoin(range({list(_VISIT_LENGTHS)}[intDiv(chance, 7) % {len(_VISIT_LENGTHS)} + 1])) AS step
            FROM ({_visits(visits, end, days)})
        )
    """


def _visits(visits: int, end: datetime, number_of_days: int) -> str:
    """Return SQL for visits: a website of rank r gets ln((r + 1) / r) of them, by about half as many visitors."""
    today = end.replace(hour=0, minute=0, second=0, microsecond=0)
    midnights = [today - timedelta(days=day) for day in range(number_of_days)]
    days = Choices((WEEKDAY_WEIGHTS[midnight.weekday()], int(midnight.timestamp() * 1000)) for midnight in midnights)
    hours = Choices((weight, hour) for hour, weight in enumerate(HOUR_WEIGHTS))
    return f"""
        SELECT
            number AS visit,
            cityHash64(number, 'chance') AS chance,
            toUInt32(pow({WEBSITES + 1}, cityHash64(number, 'website') / 18446744073709551616)) AS rank,
            concat('ws_', leftPad(toString(intDiv(rank, 4)), 4, '0')) AS workspace_id,
            concat('admx_', leftPad(toString(rank), 4, '0')) AS website_id,
            {visits} * log((rank + 1) / rank) / log({WEBSITES + 1}) AS expected,
            cityHash64(rank, cityHash64(number, 'visitor') % greatest(1, toUInt64(expected / 2))) AS person,
            lower(concat(hex(person), '-', hex(cityHash64(person)))) AS visitor_id,
            {days.values}[{_slot(days, "cityHash64(number, 'day')")}] AS midnight_ms,
            {_slot(hours, "cityHash64(number, 'hour')")} - 1 AS hour,
            midnight_ms + hour * 3600000 + cityHash64(number, 'ms') % 3600000 AS planned_ms,
            if(planned_ms < {int(end.timestamp() * 1000)}, planned_ms, planned_ms - {DAY_MS}) AS start_ms
        FROM numbers({visits})
    """


def _slot[T](choices: Choices[T], chance: str) -> str:
    """Return SQL for the number, from 1, of a value chosen by weight."""
    return f"{[index + 1 for index in choices.slots(_SLOTS)]}[{chance} % {_SLOTS} + 1]"


def _pool[T: tuple[object, ...]](choices: Choices[T], name: str, index: str) -> str:
    return f"{_texts(getattr(value, name) for value in choices.values)}[{index}]"


def _texts(values: Iterable[str]) -> str:
    return "[" + ", ".join("'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'" for value in values) + "]"
