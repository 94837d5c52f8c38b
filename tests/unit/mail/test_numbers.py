"""A report's numbers are those of the pipes, in local days, and a period without anything says why."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from pixel.dashboard import questions
from pixel.dashboard.questions import UnansweredError
from pixel.mail.chart import in_words
from pixel.mail.compose import compose_report
from pixel.mail.content import SECTIONS, ReportNumbers
from pixel.mail.numbers import report_numbers
from pixel.tinybird.client import TinybirdResponse, TinybirdUnreachableError
from tests.local.tinybird.running import StandIn
from tests.routes.asked_reports import append
from tests.unit.mail.given import STOP

pytestmark = pytest.mark.usefixtures("output", "no_sleep")

_BERLIN = ZoneInfo("Europe/Berlin")
_WEBSITE = {
    "id": "admx_1",
    "domain": "shop.example.com",
    "name": "Shop",
    "timezone": "Europe/Berlin",
    "currency": "EUR",
}


class _Week(NamedTuple):
    start: datetime
    end: datetime
    before_start: datetime
    before_end: datetime


_WEEK = _Week(
    datetime(2026, 3, 23, tzinfo=_BERLIN),
    datetime(2026, 3, 30, tzinfo=_BERLIN),  # one hour short: the clocks go forward on its Sunday
    datetime(2026, 3, 16, tzinfo=_BERLIN),
    datetime(2026, 3, 23, tzinfo=_BERLIN),
)


@pytest.fixture
def workspace_id() -> str:
    return f"ws_{uuid4().hex}"


def _add(warehouse: StandIn, workspace_id: str, datasource: str, *rows: dict[str, Any]) -> None:
    base = {"workspace_id": workspace_id, "website_id": "admx_1", "path": "/", "channel": "direct"}
    lines = []
    for row in rows:
        at = row["at"].astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        own = {"event_id": uuid4().hex, "visitor_id": uuid4().hex, "timestamp": at, "received_at": at}
        lines.append(json.dumps({**base, **own, **{name: value for name, value in row.items() if name != "at"}}))
    append(warehouse, datasource, *lines)


def _numbers(workspace_id: str, *sections: str) -> ReportNumbers:
    return report_numbers(workspace_id, _WEBSITE, _WEEK, sections or SECTIONS, cadence="weekly")


def test_sections_have_the_numbers_of_local_days(warehouse: StandIn, workspace_id: str) -> None:
    first_minute = _WEEK.start + timedelta(minutes=1)
    last_minute = _WEEK.end - timedelta(minutes=1)
    ann = {"at": last_minute, "visitor_id": "ann", "country": "DE", "device": "desktop"}
    _add(
        warehouse,
        workspace_id,
        "pageviews",
        {"at": first_minute, "country": "AT", "device": "mobile", "channel": "ai", "llm_engine": "chatgpt"},
        ann,
        {**ann, "path": "/pricing"},
        {"at": _WEEK.start - timedelta(minutes=1)},
        {"at": _WEEK.end + timedelta(minutes=1)},
    )
    _add(warehouse, workspace_id, "custom_goals", {**ann, "goal_name": "signup", "value": 0, "currency": "EUR"})
    paid = {**ann, "transaction_id": "t", "amount": 99.5, "currency": "EUR"}
    _add(warehouse, workspace_id, "visitor_payments", paid)

    found = _numbers(workspace_id)

    assert found.label == "23 to 29 March 2026"
    assert {measure.name: (measure.value, measure.before) for measure in found.measures} == {
        "Visitors": (2, 1),
        "Pageviews": (3, 1),
        "Sessions": (2, 1),
        "Bounce rate": (0.5, 1),
        "Session duration": (0, 0),
        "Conversions": (1, 0),
        "Revenue": (99.5, 0),
    }
    assert [(point.label, point.value, point.before) for point in found.points] == [
        ("Mon 23", 1, 0),
        ("Tue 24", 0, 0),
        ("Wed 25", 0, 0),
        ("Thu 26", 0, 0),
        ("Fri 27", 0, 0),
        ("Sat 28", 0, 0),
        ("Sun 29", 1, 1),
    ]
    assert "Sun 29 Mar 1." in in_words(found)
    listed = {listing.section: [(row.name, row.value) for row in listing.rows] for listing in found.listings}
    assert {**listed, "pages": sorted(listed["pages"]), "countries": sorted(listed["countries"])} == {
        "pages": [("/", 2), ("/pricing", 1)],
        "sources": [("ai", 1), ("direct", 1)],
        "countries": [("AT", 1), ("DE", 1)],
        "devices": [("desktop", 1), ("mobile", 1)],
        "goals": [("signup", 1)],
        "ai": [("chatgpt", 1)],
        "revenue": [("direct", 99.5)],
    }
    report = compose_report(found, STOP)
    assert "99.50 EUR" in report.text
    assert "Austria" in report.html


def test_a_day_has_as_many_points_as_hours(warehouse: StandIn, workspace_id: str) -> None:
    """The clocks go back on its end: its 25 hours stand beside the 24 of the day before."""
    day = _Week(
        datetime(2025, 10, 26, tzinfo=_BERLIN),
        datetime(2025, 10, 27, tzinfo=_BERLIN),
        datetime(2025, 10, 25, tzinfo=_BERLIN),
        datetime(2025, 10, 26, tzinfo=_BERLIN),
    )
    _add(warehouse, workspace_id, "pageviews", {"at": day.end - timedelta(minutes=1)}, {"at": day.start})

    found = report_numbers(workspace_id, _WEBSITE, day, SECTIONS, cadence="daily")

    assert (len(found.points), found.points[0].label, found.points[-1].label) == (25, "00:00", "23:00")
    assert found.label == "Sunday, 26 October 2025"
    assert [point.value for point in (found.points[0], found.points[-1])] == [1, 1]
    assert [point.before for point in found.points] == [0] * 24 + [None]
    assert compose_report(found, STOP).chart_png is not None


@pytest.mark.thorough
def test_a_month_is_compared_with_a_longer_one(warehouse: StandIn, workspace_id: str) -> None:
    month = _Week(
        datetime(2026, 2, 1, tzinfo=_BERLIN),
        datetime(2026, 3, 1, tzinfo=_BERLIN),
        datetime(2026, 1, 1, tzinfo=_BERLIN),
        datetime(2026, 2, 1, tzinfo=_BERLIN),
    )
    _add(warehouse, workspace_id, "pageviews", {"at": month.start}, {"at": month.before_end - timedelta(minutes=1)})

    found = report_numbers(workspace_id, _WEBSITE, month, SECTIONS, cadence="monthly")

    assert (len(found.points), found.points[0].label, found.points[-1].label) == (28, "1 Feb", "28 Feb")
    assert found.label == "February 2026"
    assert (found.measures[0].value, found.measures[0].before) == (1, 1)  # of the 31st, which has no point beside it
    assert compose_report(found, STOP).chart_png is not None


def test_days_are_those_of_the_report_s_time_zone(warehouse: StandIn, workspace_id: str) -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    week = _Week(*(moment.replace(tzinfo=tokyo) for moment in _WEEK))
    _add(warehouse, workspace_id, "pageviews", {"at": week.start}, {"at": week.end - timedelta(minutes=1)})

    found = report_numbers(workspace_id, _WEBSITE, week, SECTIONS, cadence="weekly", timezone="Asia/Tokyo")

    assert [point.value for point in found.points] == [1, 0, 0, 0, 0, 0, 1]
    assert (found.label, found.website.timezone) == ("23 to 29 March 2026", "Asia/Tokyo")


@pytest.mark.thorough
def test_five_rows_are_shown_and_the_others_counted(warehouse: StandIn, workspace_id: str) -> None:
    rows = [{"at": _WEEK.start + timedelta(hours=1), "path": f"/{place}"} for place in range(8)]
    _add(warehouse, workspace_id, "pageviews", *rows)

    [pages] = _numbers(workspace_id, "pages").listings

    assert (len(pages.rows), pages.others) == (5, 3)


@pytest.mark.thorough
def test_only_chosen_sections_are_there(warehouse: StandIn, workspace_id: str) -> None:
    _add(warehouse, workspace_id, "pageviews", {"at": _WEEK.start})

    found = _numbers(workspace_id, "devices")

    assert (found.measures, found.points, [one.section for one in found.listings]) == ((), (), ["devices"])
    assert compose_report(found, STOP).chart_png is None


def test_a_website_without_events_says_so(warehouse: StandIn, workspace_id: str) -> None:
    found = _numbers(workspace_id)

    assert found.is_empty
    assert "No event has ever arrived from this website." in compose_report(found, STOP).text


@pytest.mark.thorough
def test_a_silent_period_says_that_events_arrive_again(warehouse: StandIn, workspace_id: str) -> None:
    _add(warehouse, workspace_id, "pageviews", {"at": datetime.now(UTC) - timedelta(minutes=5)})

    assert _numbers(workspace_id).silence == "No event arrived in this period, but they do arrive again now."


def test_all_recipients_share_the_questions(
    warehouse: StandIn, workspace_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _numbers(workspace_id)
    monkeypatch.setattr(questions, "call_pipe", None)

    assert _numbers(workspace_id) == first


def test_a_warehouse_that_fails_is_asked_again_later(
    warehouse: StandIn, workspace_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> TinybirdResponse:
        raise TinybirdUnreachableError("GET: ResponseTimeoutError")

    with monkeypatch.context() as patched:
        patched.setattr(questions, "call_pipe", fail)
        with pytest.raises(UnansweredError):
            _numbers(workspace_id)

    assert _numbers(workspace_id).is_empty
