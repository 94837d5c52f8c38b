"""No key, no hash and no Authorization header in any line that the stack writes, whatever was asked of it."""

import json

from pixel.auth.caller import Scope
from pixel.auth.keys import digest, generate
from tests.stack.conftest import Tenant
from tests.stack.running import RunningStack


def test_no_secret_in_any_log(stack: RunningStack, tenant: Tenant) -> None:
    good, unknown = tenant.key(Scope.READ), generate()
    odd = "pixel_live_seen-in-no-log"
    for key in (good, unknown, odd, good[:-1] + "_"):
        stack.call("/api/v1/me", key=key)
    stack.call("/api/v1/me", headers={"Authorization": f"Basic {odd}"})
    stack.call(f"/api/v1/{odd}")

    written = stack.output.read_text() + "".join(file.read_text() for file in (stack.folder / "logs").iterdir())

    assert tenant.workspace_id in written
    for secret in (good, unknown, odd, digest(good), digest(unknown), good[-20:]):
        assert secret not in written
    assert "Bearer pixel_" not in written.replace(f"Bearer {stack.state['keys']['all']}", "")


def test_every_request_has_one_structured_line(stack: RunningStack, tenant: Tenant) -> None:
    response = stack.call("/api/v1/me", key=tenant.key())

    request_id = response.json["meta"]["request_id"]
    lines = [json.loads(line) for line in stack.log("get_me").splitlines() if request_id in line]
    [line] = lines
    assert line["message"] == "request"
    assert line["status"] == 200
    assert line["route"] == "GET /api/v1/me"
    assert line["workspace_id"] == tenant.workspace_id
    [access] = [json.loads(entry) for entry in stack.log("access").splitlines() if request_id in entry]
    assert (access["status"], access["workspace_id"]) == (200, tenant.workspace_id)
