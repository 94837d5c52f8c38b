"""An entry of the audit trail says who changed what, without a secret and without an address."""

import json
from typing import Any

from pixel.aws.attributes import from_item
from pixel.workspaces.audit import audit_entry, is_visible
from tests.conftest import Frozen

_FIELDS = {"name": "Weekly", "recipients": ["ann@example.com"], "password": "correct horse", "url": "https://x.y/z"}


def test_an_entry_names_every_field_and_shows_only_harmless_values(frozen: Frozen) -> None:
    about: dict[str, Any] = {"record": "report_1", "websites": ["admx_1"]}
    action = audit_entry("records", "ws_1", key_id="key_1", action="report.updated", fields=_FIELDS, **about)

    written = from_item(action["Put"]["Item"])

    assert written.pop("id") == written.pop("item").removeprefix("AUDIT#")
    assert written == {
        "workspace_id": "ws_1",
        "at": "2026-03-04T05:06:10Z",
        "key_id": "key_1",
        "action": "report.updated",
        "record": "report_1",
        "websites": ["admx_1"],
        "fields": {"name": {"to": "Weekly"}, "recipients": {}, "password": {}, "url": {}},
        "purge_at": int(frozen.seconds) + 400 * 86_400,
    }
    assert "horse" not in json.dumps(action)


def test_a_key_sees_its_own_entries_and_those_about_nothing_but_its_websites() -> None:
    entries: list[dict[str, Any]] = [
        {"key_id": "key_9", "websites": websites} for websites in (["admx_1"], ["admx_1", "admx_2"], ["admx_3"], [])
    ]
    entries += [{"key_id": "key_1", "websites": ["admx_3"]}, {"key_id": "key_9"}]  # the last of an earlier version

    for bound, seen in (
        (None, [True] * 6),
        (["admx_1"], [True, False, False, False, True, False]),
        (["admx_1", "admx_2"], [True, True, False, False, True, False]),
        ([], [False, False, False, False, True, False]),
    ):
        assert [is_visible(entry, bound, "key_1") for entry in entries] == seen, bound
