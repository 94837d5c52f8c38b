"""`pixelctl doctor` on the running stack: an event goes all the way, and nothing of the doctor's own stays."""

import json
import os
import subprocess
import sys

from tests.stack.commands import pixelctl
from tests.stack.running import RunningStack


def test_the_doctor_sends_an_event_all_the_way_and_cleans_up(stack: RunningStack) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "pixelctl", "doctor", "--local", "--json"],
        env={**os.environ, "PIXEL_LOCAL_DIR": str(stack.folder)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    checks = {check["check"]: check for check in json.loads(ended.stdout)["checks"]}
    queues = checks.pop("queues")  # may hold what other tests of this stack put there
    statuses = {name: check["status"] for name, check in checks.items()}
    well = {"stack": "ok", "secrets": "ok", "health": "ok", "event": "ok"}
    assert statuses == {**well, "canary": "skipped", "mail": "ok"}, checks["mail"]
    assert ended.returncode == (0 if queues["status"] == "ok" else 1)
    assert list(checks["event"]["steps"]) == ["admitted", "taken", "counted"]
    assert pixelctl(stack, "website", "list", "ws_doctor") == []
    assert {key["status"] for key in pixelctl(stack, "key", "list", "ws_doctor")} == {"revoked"}
