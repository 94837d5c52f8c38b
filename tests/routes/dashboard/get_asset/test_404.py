"""GET /share/assets/{file} serves nothing but assets under their present names."""

import pytest

from functions.dashboard.get_asset.handler import handler
from tests.routes.gateway import event, send

pytestmark = pytest.mark.usefixtures("output")


def test_another_name_is_not_found() -> None:
    for name in ("app.js", "app.000000000000.js", "index.html", "..%2Fassets.py", "%00", ""):
        asked = event("get_asset")
        asked["pathParameters"] = {"file": name}

        reply = send(handler, asked)

        assert (reply.status, reply.body["error"]["code"]) == (404, "not_found")
        assert reply.headers["Cache-Control"] == "no-store"
