"""What a pipe is asked with, where the answer is a refusal or the default is the point."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.pipes.generate import written
from tests.pipes.oracle.pipes import ANSWERS
from tests.pipes.oracle.question import Row
from tests.pipes.parameters import names_of, needed_of
from tests.pipes.warehouse import Warehouse, new_workspace

WITH_BOTS = sorted(set(ANSWERS) - {"p_pixel_healthcheck"})


def asked(pipe: str, workspace_id: str, **more: str) -> dict[str, str]:
    return {"workspace_id": workspace_id, **needed_of(pipe), **more}


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
    assert health["last_event_at"] == (received_at if is_told else None)


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


def test_an_id_of_the_sender_may_be_used_again_and_one_of_the_api_may_not(warehouse: Warehouse) -> None:
    workspace_id = new_workspace()
    ids = ("order-1", "evt_1NG8Du2eZvKYlo2CUI79vXWy", f"evt_{'0' * 32}")
    paid = [_payment(event_id, ago=timedelta(days=days)) for event_id in ids for days in (9, 1)]
    warehouse.send(workspace_id, {"visitor_payments": paid})

    [attributed] = warehouse.ask("p_attributed_revenue", asked("p_attributed_revenue", workspace_id)).rows
    [overview] = warehouse.ask("p_overview", asked("p_overview", workspace_id)).rows

    assert (attributed["payments"], attributed["revenue"], overview["revenue"]) == (5, 50, 50)


@pytest.mark.parametrize(
    ("pipe", "given", "message"),
    [
        ("p_geo", {"device": "phone"}, "device must be desktop, mobile, tablet, tv or console"),
        ("p_geo", {"country": "XX"}, "country must be an ISO 3166-1 alpha-2 code, such as DE"),
        ("p_overview", {"currency": "EURO"}, "currency must be an ISO 4217 code, such as USD"),
        ("p_overview", {"before": "touches"}, "before must be previous, which tokens of the API fix"),
        ("p_overview", {"visitor_id": "ann"}, "an overview of one visitor is not offered: leave visitor_id out"),
        ("p_attributed_revenue", {"before": ""}, "before must be touches, which tokens of the API fix"),
        ("p_geo", {"property_value": "a"}, "property_key must be given with property_value"),
        ("p_properties", {"property_key": ""}, "property_key must not be empty"),
        ("p_visitor_profile", {"visitor_id": ""}, "visitor_id must not be empty, unless external_id is given"),
    ],
)
def test_what_no_event_can_have_is_refused(
    warehouse: Warehouse, pipe: str, given: dict[str, str], message: str
) -> None:
    answer = warehouse.ask(pipe, {**asked(pipe, new_workspace()), **given})

    assert (answer.status, answer.content["error"]) == (400, message)


def test_the_window_before_has_as_many_days_also_over_a_change_of_the_clock(warehouse: Warehouse) -> None:
    """29 March has 23 hours in Berlin: the day before it has 24."""
    workspace_id = new_workspace()
    stamps = ["2026-03-27T23:10:00.000Z", "2026-03-28T22:50:00.000Z", "2026-03-28T23:10:00.000Z"]
    rows = [{**_pageview(f"e{place}"), "timestamp": stamp} for place, stamp in enumerate(stamps)]
    warehouse.send(workspace_id, {"pageviews": rows})
    day = {"date_from": "2026-03-28 23:00:00", "date_to": "2026-03-29 22:00:00"}

    def pageviews(**more: str) -> tuple[int, int]:
        [row] = warehouse.ask("p_overview", asked("p_overview", workspace_id, **more)).rows
        return row["pageviews"], row["previous_pageviews"]

    assert pageviews(**day, timezone="Europe/Berlin") == (1, 2)
    assert pageviews(**day) == (1, 1)


@pytest.mark.parametrize("zone", ["GMT", "US/Eastern", "EST5EDT", "Etc/GMT-14", "Asia/Calcutta", "Antarctica/Troll"])
def test_a_link_is_a_time_zone_too(warehouse: Warehouse, zone: str) -> None:
    assert warehouse.ask("p_retention_cohort", asked("p_geo", new_workspace(), timezone=zone)).status == 200


def test_a_bucket_starts_where_the_clock_of_the_zone_does(warehouse: Warehouse) -> None:
    def buckets(zone: str, date_from: str, date_to: str, granularity: str = "hour") -> list[str]:
        window = {"date_from": date_from, "date_to": date_to, "timezone": zone, "granularity": granularity}
        return [
            row["bucket"] for row in warehouse.ask("p_metric_series", asked("p_geo", new_workspace(), **window)).rows
        ]

    assert buckets("Europe/Berlin", "2025-10-26 00:00:00", "2025-10-26 02:00:00") == [
        *("2025-10-26T02:00:00+02:00", "2025-10-26T02:00:00+01:00"),
    ]
    assert buckets("Australia/Lord_Howe", "2026-04-04 14:00:00", "2026-04-04 16:00:00") == [
        *("2026-04-05T01:00:00+11:00", "2026-04-05T02:00:00+10:30"),
    ]
    assert buckets("Africa/Cairo", "2024-04-25 21:00:00", "2024-04-26 20:00:00", "day") == [
        *("2024-04-25T00:00:00+02:00", "2024-04-26T01:00:00+03:00"),
    ]


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


def _payment(event_id: str, *, ago: timedelta) -> Row:
    return _pageview(event_id, ago=ago, amount=10, currency="USD")
