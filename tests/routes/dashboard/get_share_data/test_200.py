"""GET /share/data returns the views that are asked for, with the numbers of the pipes."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.local.tinybird.running import StandIn
from tests.routes.dashboard.dashboards import ALL_PANELS, add_visits, ask, session_of, share, visit

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")

_VIEWS = (
    "summary,series,pages,entry_pages,exit_pages,channels,referrers,campaigns,ai,countries,regions,cities,devices,"
    "browsers,systems,languages,goals,realtime,revenue,funnel,retention"
)


@pytest.fixture
def workspace_id() -> str:
    return f"ws_{uuid4().hex}"


def _rows(data: dict[str, Any], view: str, field: str = "visitors") -> dict[str, int]:
    return {row["value"]: row[field] for row in data["panels"][view]["rows"]}


def test_every_view_has_the_numbers_of_its_pipe(
    tables: "DynamoDBServiceResource", warehouse: StandIn, workspace_id: str
) -> None:
    link = share(tables, workspace_id, panels=ALL_PANELS, steps=["/", "/pricing"])
    ann = visit(
        event_id="1",
        country="DE",
        region="BE",
        city="Berlin",
        device="desktop",
        browser="Firefox",
        os="Linux",
        language="de",
    )
    others = [visit(country="DE", city="Bonn", region="NW", channel="ai", llm_engine="chatgpt") for _ in range(3)]
    add_visits(
        warehouse,
        workspace_id,
        ann,
        {**ann, "event_id": "2", "path": "/pricing"},
        visit(country="FR", device="mobile", channel="organic_search", referrer_host="google.com"),
        visit(channel="email", utm_campaign="spring"),
        visit(is_bot=1),
        *others,
    )
    paid = {**ann, "event_id": "3", "transaction_id": "t", "amount": 99.5, "currency": "EUR"}
    add_visits(warehouse, workspace_id, paid, datasource="visitor_payments")
    signed_up = {**ann, "event_id": "4", "goal_name": "signup", "value": 9, "currency": "USD"}
    add_visits(warehouse, workspace_id, signed_up, datasource="custom_goals")

    reply = ask(session_of(link), panels=_VIEWS, period="7d")

    assert reply.status == 200, reply.body
    data = reply.body["data"]
    assert data["failed"] == {}
    assert list(data["panels"]) == _VIEWS.split(",")
    summary = {"visitors": 6, "pageviews": 7, "sessions": 6, "bounce_rate": 5 / 6, "session_duration": 0}
    nothing = dict.fromkeys(("visitors", "pageviews", "sessions", "conversions"), 0)
    assert data["panels"]["summary"] == {
        "now": {**summary, "conversions": 1},
        "before": {**nothing, "bounce_rate": None, "session_duration": None},
    }
    assert sum(point["value"] or 0 for point in data["panels"]["series"]["points"]) == 6
    assert (len(data["panels"]["series"]["points"]), len(data["panels"]["series"]["before"])) == (7, 7)
    assert _rows(data, "pages") == {"/": 6, "/pricing": 1}
    assert _rows(data, "entry_pages", "sessions") == {"/": 6}
    assert _rows(data, "exit_pages", "sessions") == {"/": 5, "/pricing": 1}
    assert _rows(data, "channels") == {"ai": 3, "direct": 1, "email": 1, "organic_search": 1}
    assert (_rows(data, "referrers"), _rows(data, "ai")) == ({"google.com": 1}, {"chatgpt": 3})
    assert _rows(data, "campaigns") == {"spring": 1}
    assert _rows(data, "countries") == {"DE": 4, "": 1, "FR": 1}
    assert _rows(data, "regions") == {"NW": 3, "BE": 1}
    assert data["panels"]["cities"] == {
        "filter": None,
        "measure": "visitors",
        "rows": [{"value": "Bonn", "visitors": 3, "country": "DE", "pageviews": 3}],
        "total": 6,
        "others": {"rows": 1, "visitors": 1},
    }
    assert _rows(data, "devices") == {"": 4, "desktop": 1, "mobile": 1}
    assert (_rows(data, "browsers"), _rows(data, "systems")) == ({"": 5, "Firefox": 1}, {"": 5, "Linux": 1})
    assert _rows(data, "languages") == {"": 5, "de": 1}
    assert data["panels"]["goals"]["rows"] == [
        {
            "value": "signup",
            "visitors": 1,
            "conversions": 1,
            "rate": 1 / 6,
            "revenue": [{"currency": "USD", "value": 9}],
        }
    ]
    assert data["panels"]["revenue"]["rows"] == [
        {"value": "direct", "currency": "EUR", "revenue": 99.5, "payments": 1, "visitors": 1}
    ]
    assert data["panels"]["funnel"]["steps"][0] == {"value": "/", "visitors": 6, "rate": 1}
    [cohort] = data["panels"]["retention"]["cohorts"]
    assert (cohort["size"], cohort["kept"][0]) == (6, 6)
    assert (data["panels"]["realtime"]["last_30"], len(data["panels"]["realtime"]["minutes"])) == (0, 30)


def test_nobody_sees_numbers_of_another_workspace(
    tables: "DynamoDBServiceResource", warehouse: StandIn, workspace_id: str
) -> None:
    """Both have a website with the same id, and visitors with the same ids."""
    other_id = f"{workspace_id}_other"
    mine, other = share(tables, workspace_id), share(tables, other_id)
    add_visits(warehouse, workspace_id, visit(visitor_id="ann", path="/mine"))
    add_visits(warehouse, other_id, visit(visitor_id="ann", path="/foreign"), visit(path="/foreign"))
    add_visits(warehouse, workspace_id, visit(website_id="admx_other", path="/foreign"))

    answers = {link.workspace_id: ask(session_of(link), panels="summary,pages") for link in (mine, other)}

    assert _rows(answers[workspace_id].body["data"], "pages") == {"/mine": 1}
    assert _rows(answers[other_id].body["data"], "pages") == {"/foreign": 2}
    assert "foreign" not in str(answers[workspace_id].body["data"]["panels"])


def test_without_panels_the_answer_is_what_is_shared(tables: "DynamoDBServiceResource") -> None:
    link = share(tables, panels=["summary"], theme="light")

    data = ask(session_of(link)).body["data"]

    assert (data["panels"], data["theme"], data["website"]["domain"]) == (["summary"], "light", "example.com")
    assert "session" not in data


@pytest.mark.usefixtures("warehouse")
def test_questions_are_asked_once_a_minute(
    tables: "DynamoDBServiceResource", workspace_id: str, sent: list[str]
) -> None:
    link = share(tables, workspace_id)
    session = session_of(link)
    ask(session, panels="pages,countries,devices")
    first = [call for call in sent if call.startswith("GET /v0")]
    sent.clear()

    ask(session, panels="pages,countries,summary", compare="none")

    assert sorted(first) == [
        f"GET /v0/pipes/{pipe}.json" for pipe in ("i_summary", "p_devices", "p_geo", "p_top_pages")
    ]
    assert sent == ["UpdateItem", "UpdateItem"]


def test_revenue_is_in_the_website_s_currency_first_and_loses_nothing(
    tables: "DynamoDBServiceResource", warehouse: StandIn, workspace_id: str
) -> None:
    link = share(tables, workspace_id, panels=["revenue"])
    paid = [("EUR", 5.0), ("EUR", 6.0), ("AUD", 7.0), ("USD", 8.0), ("AUD", 9.0), ("AUD", 1.0)]
    rows = [
        {**visit(channel=f"c{place}"), "transaction_id": f"t{place}", "amount": amount, "currency": currency}
        for place, (currency, amount) in enumerate(paid)
    ]
    add_visits(warehouse, workspace_id, *rows, datasource="visitor_payments")

    revenue = ask(session_of(link), panels="revenue", limit="2").body["data"]["panels"]["revenue"]

    assert [(row["currency"], row["revenue"]) for row in revenue["rows"]] == [("USD", 8), ("AUD", 9)]
    assert revenue["others"] == {
        "rows": 4,
        "visitors": 4,
        "payments": 4,
        "revenue": [{"currency": "AUD", "value": 8}, {"currency": "EUR", "value": 11}],
    }
