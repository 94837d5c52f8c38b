"""Clicks by the face Pxl are those that an oracle in plain Python counts, and never those of another workspace."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from pixel.auth.caller import Caller
from pixel.foundation.clock import now
from pixel.pxl.insight import FILTERS, PROPERTIES
from tests.links_given import link_store
from tests.local.tinybird.running import StandIn
from tests.pipes import click_rows
from tests.pipes.oracle import clicks as oracle
from tests.pipes.oracle.question import Question
from tests.routes.gateway import Reply
from tests.routes.pxl.shorts_given import DESTINATION, add_clicks, click, create, insight, list_, pxl_key

pytestmark = pytest.mark.usefixtures("tables", "output", "no_sleep")

_HOST = "go.example.com"
_LAST = datetime(2026, 3, 29, tzinfo=UTC)  # on which Berlin loses an hour


class Clicked:
    """A workspace with two short links, and random clicks of them about the end of March 2026."""

    def __init__(self, warehouse: StandIn) -> None:
        self.key = pxl_key()
        self.codes = [create(self.key, {"destination": DESTINATION}).body["data"]["route"] for _ in range(2)]
        entries = link_store().list_live(self.key.workspace_id)
        self.link_ids = {entry["code"]: entry["id"] for entry in entries}
        dice = Random(20)
        self.rows = [self._row(dice) for _ in range(120)]
        copies = [{**row, "country": "FR", "received_at": "2026-04-02T00:00:00.000Z"} for row in self.rows[:9]]
        self.rows += copies
        add_clicks(warehouse, *self.rows, *(click(f"ws_{uuid4().hex}", row["timestamp"]) for row in self.rows[:20]))

    def _row(self, dice: Random) -> dict[str, Any]:
        moment = _LAST + timedelta(minutes=dice.randrange(-4 * 1440, 2 * 1440))
        row = click_rows.click(dice, f"clk_{uuid4().hex}", moment)
        own = {
            "link_id": dice.choice([*self.link_ids.values(), ""]),
            "domain": dice.choice([_HOST, _HOST, "old.example"]),
        }
        return {**row, **own, "workspace_id": self.key.workspace_id, "received_at": row["timestamp"]}

    def expected(self, given: Mapping[str, str], first: str, last: str) -> dict[str, Any]:
        """Return what the oracle says of the days, all but the clicks of the last minutes."""
        zone = given.get("timezone", "UTC")
        parameters = {
            "workspace_id": self.key.workspace_id,
            "timezone": zone,
            "date_from": first,
            "date_to": last,
            "granularity": "hour" if given["datefrom"] == given["dateto"] else "day",
            "dimensions": ",".join(PROPERTIES.values()),
        }
        parameters |= {FILTERS[name]: value for name, value in given.items() if name in FILTERS}
        parameters |= {"os": given["OS"]} if "OS" in given else {}
        parameters |= {"link_id": self.link_ids[given["link"].rpartition("/")[2]]} if "link" in given else {}
        parameters |= {"domain": _HOST} if "domain" in given else {}
        question = Question({"clicks": self.rows}, parameters, now())
        [totals] = oracle.totals(question)
        names = {dimension: name for name, dimension in PROPERTIES.items()}
        properties: dict[str, list[Any]] = {name: [] for name in PROPERTIES}
        for row in oracle.properties(question):
            properties[names[row["dimension"]]].append({name: row[name] for name in ("value", "total", "unique")})
        is_hours = parameters["granularity"] == "hour"
        return {
            "total": totals["clicks"],
            "unique": totals["unique"],
            "grouped": [
                {
                    "date": f"{row['bucket'][:10]} {row['bucket'][11:19]}" if is_hours else row["bucket"][:10],
                    "total": row["clicks"],
                    "unique": row["unique"],
                }
                for row in oracle.series(question)
            ],
            "properties": properties,
        }


@pytest.fixture
def clicked(warehouse: StandIn) -> Clicked:
    return Clicked(warehouse)


def _bounds(given: Mapping[str, str]) -> tuple[str, str]:
    """Return the instants of the days in UTC: Berlin is an hour ahead, and two from 29 March 2026."""
    is_berlin = given.get("timezone") == "Europe/Berlin"
    first, last = (datetime.fromisoformat(given[name]).replace(tzinfo=UTC) for name in ("datefrom", "dateto"))
    ends = [first, last + timedelta(days=1)]
    shifted = [one - timedelta(hours=(2 if one > _LAST else 1) if is_berlin else 0) for one in ends]
    return shifted[0].strftime("%Y-%m-%d %H:%M:%S"), shifted[1].strftime("%Y-%m-%d %H:%M:%S")


def _data_of(clicked: Clicked, given: dict[str, str]) -> dict[str, Any]:
    reply = insight(clicked.key, **given)
    if reply.status == 503:  # a machine may ask more in a second than the key's token may ask the warehouse
        time.sleep(1)
        reply = insight(clicked.key, **given)
    assert reply.status == 200, reply.body
    return dict(reply.body["data"])


def test_every_number_is_that_of_the_oracle(clicked: Clicked) -> None:
    days = {"datefrom": "2026-03-26", "dateto": "2026-03-30"}
    day = {"datefrom": "2026-03-29", "dateto": "2026-03-29"}
    berlin = {"timezone": "Europe/Berlin"}
    asked: list[dict[str, str]] = [
        days,
        day,
        {**days, **berlin},
        {**day, **berlin},
        {**days, "link": clicked.codes[0], **berlin},
        {**days, "link": f"https://{_HOST}/{clicked.codes[1]}"},
        {**days, "domain": _HOST},
        {**days, "device": "MOBILE", "OS": "iOS"},
        {**days, "browser": "Firefox", "os": "Linux", "country": "DE", "city": "Berlin"},
        {**days, "source": "news", "medium": "email"},
        {**days, "campaign": "50% off", "term": "a b"},
        {**days, "content": "top", "referrer": ""},
        {**days, "referrer": "perplexity.ai"},
        {"datefrom": "2020-01-01", "dateto": "2020-01-02"},
    ]
    totals = []

    for given in asked:
        data = _data_of(clicked, given)
        assert data.pop("recent") == 0
        assert data == clicked.expected(given, *_bounds(given)), given
        totals.append(data["total"])
    assert totals[-1] == 0
    assert min(totals[:-1]) > 0
    assert len(set(totals)) > 6
    assert len(_data_of(clicked, {**day, **berlin})["grouped"]) == 23


def test_the_last_half_hour_counts_whatever_the_dates_say_and_as_the_filters_do(warehouse: StandIn) -> None:
    key = pxl_key()
    ago = [(now() - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z") for minutes in (0, 28, 33)]
    add_clicks(
        warehouse,
        *(click(key.workspace_id, moment, country="DE", visitor_hash="v") for moment in ago),
        click(key.workspace_id, ago[0], country="US"),
        click(key.workspace_id, ago[0], country="DE", is_bot=1),
    )

    old = {"datefrom": "2026-01-01", "dateto": "2026-01-02"}
    data = [insight(key, **given).body["data"] for given in ({}, old, {"country": "de"})]

    assert [one["recent"] for one in data] == [3, 3, 2]
    assert [one["total"] for one in data] == [4, 0, 3]
    assert len(data[0]["grouped"]) == 8
    assert data[0]["grouped"][-1]["date"] == f"{now():%Y-%m-%d}"


def _refused(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.body["error"]["code"]


def test_clicks_of_another_workspace_are_not_found(warehouse: StandIn, clicked: Clicked) -> None:
    other: Caller = pxl_key()

    assert _refused(insight(other, link=clicked.codes[0])) == (404, "short_not_found")
    assert _refused(insight(other, domain="other.example.com")) == (404, "short_not_found")
    everything = insight(other, datefrom="2026-03-01", dateto="2026-03-31").body["data"]
    assert (everything["total"], everything["properties"]["country"]) == (0, [])


def test_a_warehouse_that_does_not_answer_is_said() -> None:
    key = pxl_key()

    assert _refused(insight(key)) == (503, "tinybird_error")
    assert list_(key).status == 200
