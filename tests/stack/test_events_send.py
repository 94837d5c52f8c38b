"""`pixelctl events send`, as a shell starts it: a file with bad lines, sent twice, is counted once."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pixel.auth.caller import Scope
from pixel.workspaces.websites import WEBSITES, NewWebsite
from tests.stack.conftest import Tenant
from tests.stack.running import RunningStack

_EVENTS = 300  # one request; tests/pixelctl/events_send sends files of several
_BAD_LINES = {1: "no JSON", _EVENTS: '{"name": "pageview"}', _EVENTS + 3: '["no object"]'}


def _send(stack: RunningStack, path: Path, key: str) -> tuple[int, Any]:
    ended = subprocess.run(
        [sys.executable, "-m", "pixelctl", "events", "send", "--file", str(path), "--json"],
        env={**os.environ, "PIXEL_API_URL": stack.state["api_url"], "PIXEL_API_KEY": key},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ended.stderr == ""
    return ended.returncode, json.loads(ended.stdout)


def _file_of(folder: Path, website_id: str) -> Path:
    start = datetime.now(UTC) - timedelta(days=1)
    lines = [
        json.dumps(
            {
                "website_id": website_id,
                "name": "pageview",
                "path": f"/page-{number % 5}",
                "visitor_id": f"visitor-{number % 400}",
                "timestamp": (start + timedelta(seconds=number)).isoformat(),
            }
        )
        for number in range(_EVENTS)
    ]
    for line, text in _BAD_LINES.items():
        lines.insert(line - 1, text)
    path = folder / "events.ndjson"
    path.write_text("\n".join(lines))
    return path


def _pageviews_by_path(stack: RunningStack, website_id: str, key: str) -> dict[str, int]:
    query = urlencode({"website_id": website_id})
    answer = stack.call(f"/api/v1/pixel/query/p_top_pages?{query}", key=key)
    assert answer.status == 200, answer.body
    return {row["path"]: row["pageviews"] for row in answer.json["data"]["data"]}


def test_a_file_that_is_sent_twice_counts_once(stack: RunningStack, tenant: Tenant, tmp_path: Path) -> None:
    website = WEBSITES.create(
        tenant.target.store, tenant.workspace_id, NewWebsite(domain="shop.example.com", name="Shop")
    )
    key = tenant.key(Scope.READ, Scope.WRITE)
    path = _file_of(tmp_path, website["id"])

    first_status, first = _send(stack, path, key)
    second_status, second = _send(stack, path, key)

    assert (first_status, second_status) == (3, 3)
    assert (first["accepted"] + first["queued"], first["duplicate"], first["rejected"]) == (_EVENTS, 0, 3)
    assert (second["accepted"] + second["queued"], second["duplicate"], second["rejected"]) == (0, _EVENTS, 3)
    rejects = [json.loads(line) for line in Path(second["rejects_file"]).read_text().splitlines()]
    assert {reject["line"] for reject in rejects} == set(_BAD_LINES)
    assert rejects[1]["error"]["code"] == "invalid_body"
    expected = {f"/page-{number}": _EVENTS // 5 for number in range(5)}
    assert _pageviews_by_path(stack, website["id"], key) == expected
