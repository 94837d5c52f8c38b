"""GET /share/data names every parameter that it cannot use, and repeats no value."""

from typing import TYPE_CHECKING

import pytest

from functions.dashboard.get_share_data.handler import handler
from tests.routes.asked_reports import fields_of
from tests.routes.dashboard.dashboards import ask, asking, session_of, share
from tests.routes.gateway import send

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")

_HOSTILE = "' OR 1=1 --"
_CASES: tuple[tuple[dict[str, str | list[str]], dict[str, str]], ...] = (
    ({"panels": "summary,visitors"}, {"panels": "invalid"}),
    ({"period": "13d"}, {"period": "invalid"}),
    ({"period": "today"}, {"period": "invalid"}),  # which the link does not share
    ({"from": "2026-01-01"}, {"from": "invalid"}),
    ({"period": "custom", "from": "2026-01-01"}, {"to": "missing"}),
    ({"period": "custom", "from": "2026-01-02", "to": "2026-01-01"}, {"to": "invalid"}),
    ({"period": "custom", "from": "2025-01-01", "to": "2026-03-01"}, {"to": "invalid"}),
    ({"period": "custom", "from": "2026-02-30", "to": "2026-03-01"}, {"from": "invalid"}),
    ({"compare": _HOSTILE}, {"compare": "invalid"}),
    ({"metric": "revenue"}, {"metric": "invalid"}),
    ({"limit": "101"}, {"limit": "invalid"}),
    ({"timezone": "Europe/Bonn"}, {"timezone": "invalid"}),
    ({"f.country": _HOSTILE}, {"f.country": "invalid"}),
    ({"f.device": "phone", "f.channel": "x"}, {"f.device": "invalid", "f.channel": "invalid"}),
    ({"f.country": ["DE", "FR"]}, {"f.country": "repeated"}),
    ({"f.visitor_id": "ann"}, {"f.visitor_id": "unknown"}),
    ({"f.property_key": "plan"}, {"f.property_key": "unknown"}),
    ({"workspace_id": "ws_2", "website_id": "admx_2"}, {"workspace_id": "unknown", "website_id": "unknown"}),
    ({"include_bots": "1", "visitor_id": "ann"}, {"include_bots": "unknown", "visitor_id": "unknown"}),
)


def test_each_wrong_parameter_is_named(tables: "DynamoDBServiceResource") -> None:
    session = session_of(share(tables, periods=["7d", "custom"]))

    for number, (query, expected) in enumerate(_CASES):
        reply = send(handler, asking(session, query, address=f"198.51.100.{number}"))

        assert (reply.status, fields_of(reply)) == (400, expected), query
        assert _HOSTILE not in str(reply.body)


@pytest.mark.usefixtures("warehouse")
def test_a_hostile_value_is_text_and_matches_nothing(tables: "DynamoDBServiceResource") -> None:
    session = session_of(share(tables))
    hostile = ("' OR 1=1 --", "%27", "{{ error('x') }}", "\\", "$(id)", "<img onerror=alert(1)>", "%", "a'b\"c`d")

    for number, value in enumerate(hostile):
        reply = ask(session, f"192.0.2.{number}", panels="summary", f_utm_campaign=value, f_browser=value)

        assert (reply.status, reply.body["data"]["failed"]) == (200, {}), value
        assert reply.body["data"]["panels"]["summary"]["now"]["visitors"] == 0
