"""What a pipe is asked with, where the answer is a refusal or the default is the point."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.pipes.generate import written
from tests.pipes.oracle.pipes import ANSWERS
from tests.pipes.oracle.question import Row
from tests.pipes.parameters import names_of
from tests.pipes.warehouse import Warehouse, new_workspace

NEEDED = {"steps": "/,/pricing", "visitor_id": "ann"}
WITH_BOTS = sorted(set(ANSWERS) - {"p_pixel_healthcheck"})


def asked(pipe: str, workspace_id: str, **more: str) -> dict[str, str]:
    needed = {name: value for name, value in NEEDED.items() if name in names_of(pipe)}
    return {"workspace_id": workspace_id, **needed, **more}


@pytest.mark.parametrize("pipe", WITH_BOTS)
@pytest.mark.parametrize("value", ["2", "-1", "100"])
def test_bots_are_in_or_out(warehouse: Warehouse, pipe: str, value: str) -> None:
    answer = warehouse.ask(pipe, asked(pipe, new_workspace(), include_bots=value))

    assert (answer.status, answer.content["error"]) == (400, "include_bots must be 0 or 1")


@pytest.mark.parametrize("pipe", sorted(pipe for pipe in ANSWERS if "minutes" in names_of(pipe)))
@pytest.mark.parametrize("end", ["date_from", "date_to"])
def test_minutes_never_replace_dates_that_a_token_may_have_fixed(warehouse: Warehouse, pipe: str, end: str) -> None:
    dates = {end: "2020-01-01 00:00:00"}

    answer = warehouse.ask(pipe, asked(pipe, new_workspace(), minutes="5", **dates))

    assert answer.status == 400


@pytest.mark.parametrize("pipe", ["p_visitor_profile", "p_visitor_timeline"])
def test_a_bot_has_no_report_unless_bots_are_asked_for(warehouse: Warehouse, pipe: str) -> None:
    workspace_id = new_workspace()
    warehouse.send(workspace_id, {"pageviews": [_pageview("e1", is_bot=1)]})

    assert warehouse.ask(pipe, asked(pipe, workspace_id)).rows == []
    assert len(warehouse.ask(pipe, asked(pipe, workspace_id, include_bots="1")).rows) == 1


@pytest.mark.parametrize(
    ("ago", "received_ago", "status", "is_told"),
    [
        (timedelta(days=400), timedelta(minutes=2), "ok", True),  # a back-fill arrives
        (timedelta(minutes=-50), timedelta(hours=3), "stale", True),  # a clock that is ahead is no sign of life
        (timedelta(minutes=5), timedelta(days=29), "silent", True),
        (timedelta(days=31), timedelta(days=31), "silent", False),
    ],
)
def test_health_is_judged_by_receipt(
    warehouse: Warehouse,
    ago: timedelta,
    received_ago: timedelta,
    status: str,
    is_told: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    workspace_id = new_workspace()
    received_at = written(datetime.now(UTC) - received_ago)
    warehouse.send(workspace_id, {"pageviews": [_pageview("e1", ago=ago, received_at=received_at)]})

    [health] = warehouse.ask("p_pixel_healthcheck", {"workspace_id": workspace_id}).rows

    assert health["status"] == status
    assert health["last_event_at"] == (received_at.translate({ord("T"): " ", ord("Z"): None}) if is_told else None)


def test_cohorts_end_with_the_present_period(warehouse: Warehouse) -> None:
    """However far the window reaches; and an event whose clock is ahead is not there yet."""
    workspace_id = new_workspace()
    ages = {"ann": timedelta(days=3), "Bob": timedelta(days=3), "čeněk": timedelta(minutes=-50)}
    rows = [_pageview(f"e-{name}", ago=age, visitor_id=name) for name, age in ages.items()]
    warehouse.send(workspace_id, {"pageviews": [*rows, _pageview("later", ago=timedelta(days=1))]})
    window = {
        "date_from": f"{datetime.now(UTC) - timedelta(days=9):%Y-%m-%d %H:%M:%S}",
        "date_to": "2100-01-01 00:00:00",
    }

    cohorts = warehouse.ask("p_retention_cohort", {"workspace_id": workspace_id, "period": "day", **window}).rows

    assert [(row["offset"], row["visitors"], row["retained"]) for row in cohorts] == [
        *((0, 2, 2), (1, 2, 0), (2, 2, 1), (3, 2, 0)),
    ]


def test_cohorts_are_a_thousand_rows_unless_told(warehouse: Warehouse) -> None:
    workspace_id = new_workspace()
    days = range(1, 50)
    rows = [_pageview(f"e{day}", ago=timedelta(days=day), visitor_id=f"v{day}") for day in days]
    warehouse.send(workspace_id, {"pageviews": rows})
    since = f"{datetime.now(UTC) - timedelta(days=60):%Y-%m-%d %H:%M:%S}"
    parameters = {"workspace_id": workspace_id, "period": "day", "date_from": since}

    first = warehouse.ask("p_retention_cohort", parameters).rows
    rest = warehouse.ask("p_retention_cohort", {**parameters, "offset": "1000"}).rows

    assert (len(first), len(rest)) == (1000, sum(day + 1 for day in days) - 1000)


def test_a_page_is_alone_where_it_was_asked_for(warehouse: Warehouse) -> None:
    workspace_id = new_workspace()
    visit = [
        _pageview(path, path=path, ago=timedelta(hours=3, minutes=-minute))
        for minute, path in enumerate(("/", "/pricing", "/bye"))
    ]
    warehouse.send(workspace_id, {"pageviews": visit})

    [page] = warehouse.ask("p_top_pages", {"workspace_id": workspace_id, "path": "/pricing"}).rows

    assert page == {"path": "/pricing", "visitors": 1, "pageviews": 1, "entrances": 0, "exits": 0, "bounce_rate": 0}


def test_a_breakdown_shows_the_values_with_most_visitors(warehouse: Warehouse) -> None:
    workspace_id = new_workspace()
    visitors = [("DE", 1), ("US", 2), ("FR", 2), ("IT", 3)]
    rows = [
        _pageview(f"{country}{number}", visitor_id=f"{country}{number}", country=country)
        for country, many in visitors
        for number in range(many)
    ]
    warehouse.send(workspace_id, {"pageviews": rows})
    parameters = {"workspace_id": workspace_id, "steps": "/,/pricing", "breakdown": "country"}

    found = warehouse.ask("p_funnel_v2", {**parameters, "limit": "2"}).rows

    assert [(row["breakdown"], row["step"], row["visitors"]) for row in found] == [
        *(("IT", 1, 3), ("IT", 2, 0), ("FR", 1, 2), ("FR", 2, 0)),
    ]


def _pageview(event_id: str, *, ago: timedelta = timedelta(hours=3), **more: object) -> Row:
    stamp = written(datetime.now(UTC) - ago)
    ids = {"website_id": "site-1", "visitor_id": "ann", "event_id": event_id}
    return {**ids, "timestamp": stamp, "received_at": stamp, "path": "/", **more}
