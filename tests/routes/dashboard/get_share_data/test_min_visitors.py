"""With `min_visitors`, a share link shows no number that fewer visitors are behind."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from pixel.dashboard.asked import METRICS
from pixel.foundation.clock import to_iso
from tests.local.tinybird.running import StandIn
from tests.routes.dashboard.dashboards import ALL_PANELS, SHARED_VIEWS, add_visits, ask, session_of, share, visit
from tests.thorough import some_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")

_AT_ONCE = 7  # all at once take longer than the route waits if the machine is busy
_FEWEST = 3
_SECRET = "secret"
_STEPS = ["/", f"/{_SECRET}"]
_COUNTS = {"visitors", "sessions", "size", "now", "last_30", "minutes", "kept"}
"""The fields of answers that count visitors, or sessions of which each is of one visitor."""


@pytest.fixture
def workspace_id() -> str:
    return f"ws_{uuid4().hex}"


@pytest.fixture
def crowd(warehouse: StandIn, workspace_id: str) -> None:
    """Add four visitors of long ago, of whom one came back, three of just now, and one who does all that is rare."""
    now = datetime.now(UTC)
    [five, two, ten, three] = [to_iso(now - timedelta(days=days)) for days in (5, 2, 10, 3)]
    usual = {"country": "DE", "device": "desktop", "language": "de"}
    names = ("region", "city", "browser", "os", "language", "llm_engine", "utm_campaign", "referrer_host")
    lone = {
        **dict.fromkeys(names, _SECRET),
        "visitor_id": _SECRET,
        "channel": "affiliate",
        "country": "LI",
        "device": "tv",
        "path": f"/{_SECRET}",
    }
    old = [visit(**usual, visitor_id=f"old-{number}", timestamp=five) for number in range(4)]
    add_visits(
        warehouse,
        workspace_id,
        *old,
        {**old[0], "event_id": uuid4().hex, "timestamp": two},
        visit(**usual, timestamp=ten),
        *(visit(**usual, timestamp=to_iso(now - timedelta(seconds=30))) for _ in range(3)),
        visit(**lone, timestamp=three),
        visit(**{**lone, "path": "/"}, timestamp=to_iso(now - timedelta(minutes=20, seconds=30))),
        visit(**lone, timestamp=to_iso(now - timedelta(seconds=30))),
    )
    signed_up = [{**row, "event_id": uuid4().hex, "goal_name": "signup"} for row in old]
    rare = {**visit(**lone), "goal_name": _SECRET, "value": 9, "currency": "USD"}
    add_visits(warehouse, workspace_id, *signed_up, rare, datasource="custom_goals")
    paid = {**visit(**lone), "transaction_id": "t", "amount": 99.5, "currency": "EUR"}
    add_visits(warehouse, workspace_id, paid, datasource="visitor_payments")


def _shown(answer: Any, name: str = "") -> Iterator[tuple[str, int]]:
    """Yield all counts of an answer with their names, but for what is added up as others."""
    if isinstance(answer, dict):
        for field, value in answer.items():
            if field != "others":
                yield from _shown(value, field)
    elif isinstance(answer, list):
        for value in answer:
            yield from _shown(value, name)
    elif name in _COUNTS and answer is not None:
        yield name, answer


def _answers(session: str, **query: str) -> dict[str, Any]:
    panels: dict[str, Any] = {}
    for views in batched(SHARED_VIEWS, _AT_ONCE, strict=False):
        data = ask(session, panels=",".join(views), period="7d", limit="100", **query).body["data"]
        assert data["failed"] == {}
        panels |= data["panels"]
    assert panels.keys() == {*SHARED_VIEWS}
    return panels


@pytest.mark.usefixtures("crowd")
def test_no_panel_shows_a_number_of_fewer_visitors(tables: "DynamoDBServiceResource", workspace_id: str) -> None:
    link = share(tables, workspace_id, panels=ALL_PANELS, steps=_STEPS, min_visitors=_FEWEST)
    session = session_of(link)

    for asked in (*({"metric": metric} for metric in some_of(METRICS, 2)), {"f_country": "de"}):
        panels = _answers(session, **asked)
        assert [(name, count) for name, count in _shown(panels) if 0 < count < _FEWEST] == []
        names = str({view: panel for view, panel in panels.items() if view != "funnel"})
        assert not any(rare in names for rare in (_SECRET, "affiliate", "'LI'", "'tv'"))
        assert None in [point["value"] for point in panels["series"]["points"]]
        assert panels["summary"]["before"] is None

    steps = _answers(session)["funnel"]["steps"]
    assert [(step["visitors"], step["rate"]) for step in steps] == [(8, 1), (None, None)]


@pytest.mark.usefixtures("crowd")
def test_without_it_there_is_more_to_see(tables: "DynamoDBServiceResource", workspace_id: str) -> None:
    """Else the test above would see nothing small, whatever is shown."""
    panels = _answers(session_of(share(tables, workspace_id, panels=ALL_PANELS, steps=_STEPS)))

    small = {view for view, panel in panels.items() if any(0 < count < _FEWEST for _, count in _shown(panel))}
    assert small | {"series"} >= {*SHARED_VIEWS} - {"cities"}
    assert 1 in [point["value"] for point in panels["series"]["points"]]


@pytest.mark.usefixtures("crowd")
def test_what_is_hidden_is_added_up(tables: "DynamoDBServiceResource", workspace_id: str) -> None:
    session = session_of(share(tables, workspace_id, panels=ALL_PANELS, steps=_STEPS, min_visitors=_FEWEST))

    asked = "goals,revenue,realtime,retention,countries"
    panels = ask(session, panels=asked, period="7d", limit="100").body["data"]["panels"]

    assert panels["goals"]["others"] == {
        "rows": 1,
        "visitors": 1,
        "conversions": 1,
        "revenue": [{"currency": "USD", "value": 9}],
    }
    assert panels["revenue"]["others"] == {
        "rows": 1,
        "visitors": 1,
        "payments": 1,
        "revenue": [{"currency": "EUR", "value": 99.5}],
    }
    assert panels["realtime"]["others"] == {"rows": 1, "visitors": 1}
    assert panels["retention"]["others"] == {"rows": 1, "visitors": 1}
    assert panels["countries"]["others"] == {"rows": 1, "visitors": 1}


def test_a_period_and_a_present_of_few_visitors_are_not_shown_and_empty_ones_are(
    tables: "DynamoDBServiceResource", warehouse: StandIn, workspace_id: str
) -> None:
    session = session_of(share(tables, workspace_id, min_visitors=2))
    empty = ask(session, panels="summary,pages,realtime", period="today").body["data"]
    add_visits(warehouse, workspace_id, visit(timestamp=to_iso(datetime.now(UTC))))

    few = ask(session, panels="summary,pages,realtime", period="7d").body["data"]

    assert (empty["failed"], empty["panels"]["summary"]["now"]["visitors"]) == ({}, 0)
    assert few["panels"].keys() <= {"realtime"}  # asked just before, and kept
    assert few["failed"].items() >= dict.fromkeys(("summary", "pages"), "too_few_visitors").items()


def test_rows_with_few_visitors_are_others_and_so_are_those_beyond_the_limit(
    tables: "DynamoDBServiceResource", warehouse: StandIn, workspace_id: str
) -> None:
    link = share(tables, workspace_id, min_visitors=2)
    visits = [
        visit(path=path) for path, visitors in (("/a", 4), ("/b", 3), ("/c", 1), ("/d", 1)) for _ in range(visitors)
    ]
    add_visits(warehouse, workspace_id, *visits)
    session = session_of(link)

    whole = ask(session, panels="pages").body["data"]["panels"]["pages"]
    short = ask(session, panels="pages", limit="1").body["data"]["panels"]["pages"]

    assert [row["value"] for row in whole["rows"]] == ["/a", "/b"]
    assert whole["others"] == {"rows": 2, "visitors": 2}
    assert [row["value"] for row in short["rows"]] == ["/a"]
    assert (short["others"], short["total"]) == ({"rows": 3, "visitors": 5}, 9)


def test_filters_of_a_reader_cannot_single_out_a_visitor(
    tables: "DynamoDBServiceResource", warehouse: StandIn, workspace_id: str
) -> None:
    link = share(tables, workspace_id, min_visitors=2)
    add_visits(warehouse, workspace_id, *(visit(country="DE") for _ in range(2)), visit(country="LI", path="/secret"))
    session = session_of(link)

    few = ask(session, panels="summary,pages", f_country="LI").body["data"]
    enough = ask(session, panels="summary", f_country="DE").body["data"]

    assert (few["panels"], few["failed"]) == ({}, dict.fromkeys(("summary", "pages"), "too_few_visitors"))
    assert enough["panels"]["summary"]["now"]["visitors"] == 2


def test_neither_a_comparison_nor_a_point_nor_the_present_singles_out_a_visitor(
    tables: "DynamoDBServiceResource", warehouse: StandIn, workspace_id: str
) -> None:
    link = share(tables, workspace_id, min_visitors=2)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    moments = {days: to_iso(today - timedelta(days=days) + timedelta(hours=9)) for days in (2, 3)}
    add_visits(
        warehouse,
        workspace_id,
        *(visit(country="DE", timestamp=moments[2]) for _ in range(2)),
        visit(country="DE", timestamp=moments[3]),
        visit(country="DE", timestamp=to_iso(datetime.now(UTC))),
    )
    session = session_of(link)
    one_day = {"period": "custom", "first": moments[2][:10], "last": moments[2][:10]}

    day = ask(session, panels="summary,series", f_country="DE", metric="sessions", **one_day).body["data"]["panels"]
    week = ask(session, panels="series,realtime", f_country="DE", period="7d", metric="sessions").body["data"]
    whole = ask(session, panels="summary,realtime", **one_day).body["data"]

    assert (day["summary"]["now"]["visitors"], day["summary"]["before"]) == (2, None)
    assert {point["value"] for point in day["series"]["before"]} == {0, None}
    assert [point["value"] for point in week["panels"]["series"]["points"]] == [0, 0, 0, None, 2, 0, None]
    assert week["failed"] == {"realtime": "too_few_visitors"}
    assert (whole["panels"]["summary"]["before"], whole["failed"]) == (None, {"realtime": "too_few_visitors"})
