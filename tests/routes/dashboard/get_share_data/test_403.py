"""A panel that is not shared shows nothing."""

from typing import TYPE_CHECKING

import pytest

from tests.environment import ERRORS_PAGE_URL
from tests.routes.dashboard.dashboards import ask, session_of, share

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")


def test_a_view_of_another_panel_is_refused(tables: "DynamoDBServiceResource", sent: list[str]) -> None:
    session = session_of(share(tables, panels=["summary", "pages"]))
    sent.clear()

    for view, panel in (("revenue", "revenue"), ("cities", "places"), ("summary,referrers", "sources")):
        reply = ask(session, panels=view)

        assert reply.status == 403
        assert reply.body["error"] == {
            "code": "panel_not_shared",
            "docs_url": f"{ERRORS_PAGE_URL}#panel_not_shared",
            "message": f"This dashboard does not share the panel {panel}; ask only for those in `details.shared`.",
            "details": {"shared": ["summary", "pages"]},
        }
    assert not [call for call in sent if "/v0/pipes" in call]
