"""An entry of the audit trail says who changed what, without a secret and without an address."""

import json

from pixel.aws.attributes import from_item
from pixel.workspaces.audit import audit_entry
from tests.conftest import Frozen

_FIELDS = {"name": "Weekly", "recipients": ["ann@example.com"], "password": "correct horse", "url": "https://x.y/z"}


def test_an_entry_names_every_field_and_shows_only_harmless_values(frozen: Frozen) -> None:
    action = audit_entry("records", "ws_1", key_id="key_1", action="report.updated", record="report_1", fields=_FIELDS)

    written = from_item(action["Put"]["Item"])

    assert written.pop("id") == written.pop("item").removeprefix("AUDIT#")
    assert written == {
        "workspace_id": "ws_1",
        "at": "2026-03-04T05:06:10Z",
        "key_id": "key_1",
        "action": "report.updated",
        "record": "report_1",
        "fields": {"name": {"to": "Weekly"}, "recipients": {}, "password": {}, "url": {}},
        "purge_at": int(frozen.seconds) + 400 * 86_400,
    }
    assert "horse" not in json.dumps(action)
