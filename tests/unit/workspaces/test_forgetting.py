"""What a deleted record keeps after 30 days, and when."""

import pytest

from pixel.aws import tables
from pixel.foundation.settings import settings
from pixel.workspaces.forgetting import forget_deleted
from pixel.workspaces.models import checked
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.reports import REPORTS
from pixel.workspaces.share_link_kind import SHARE_LINK
from pixel.workspaces.share_links import SHARE_LINKS, NewShareLink
from pixel.workspaces.store import function_store, meta_key
from pixel.workspaces.websites import WEBSITES, NewWebsite
from tests.conftest import Frozen, Output
from tests.unit.workspaces.records_given import stored_items

pytestmark = pytest.mark.usefixtures("tables")
_DAY = 86_400.0


def test_secrets_and_addresses_go_30_days_after_a_record_is_deleted(frozen: Frozen, output: Output) -> None:
    tables.database().put(settings().workspace_table, meta_key("ws_1"))
    store = function_store()
    website_id = str(WEBSITES.create(store, "ws_1", NewWebsite(domain="a.example", name="A"))["id"])
    given = {"website_id": website_id, "cadence": "daily", "channel": "email", "recipients": ["ann@example.com"]}
    for _ in ("deleted", "live"):
        REPORTS.create(store, "ws_1", checked(REPORTS.new, given))
        link = NewShareLink(website_id=website_id, password="correct horse")
        SHARE_LINKS.create(store, "ws_1", link, secret=SHARE_LINKS.issue())
    for rules in (REPORTS, SHARE_LINKS):
        rules.delete(store, "ws_1", stored_items(rules.kind)[0]["id"])
    before = stored_items()

    frozen.move(30 * _DAY - 1)
    assert forget_deleted({}, None) == {"records": 0}
    assert stored_items() == before

    frozen.move(1)
    assert forget_deleted({}, None) == {"records": 2}
    assert forget_deleted({}, None) == {"records": 0}

    for kind, lost in ((REPORT, {"recipients"}), (SHARE_LINK, {"token_hash", "token_prefix", "password_hash"})):
        for item in stored_items(kind):
            [was] = [one for one in before if one["item"] == item["item"]]
            assert was.keys() - item.keys() == (lost if "deleted_at" in item else set())
            assert {name: was[name] for name in item} == item
    assert output.metric("RecordsForgotten") == 2
    assert "ann@example.com" not in output.text
