"""GET /share/assets/{file} serves what the page names, for ever."""

import re

from functions.dashboard.get_asset.handler import handler
from functions.dashboard.share_page.handler import handler as share_page
from tests.conftest import Output
from tests.routes.dashboard.pages import opened
from tests.routes.gateway import FIXED_HEADERS

_TYPES = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}


def test_whatever_the_page_and_its_modules_name_is_there(output: Output, sent: list[str]) -> None:
    page = opened("share_page", share_page, {"token": "x"})["body"]
    waiting = re.findall(r'"\.\./share/assets/([^"]+)"', page)
    found: dict[str, str] = {}
    assert len(waiting) >= 2
    while waiting:
        name = waiting.pop()
        response = opened("get_asset", handler, {"file": name})

        assert (response["statusCode"], response["isBase64Encoded"]) == (200, False)
        assert response["headers"] == {
            **FIXED_HEADERS,
            "Content-Type": _TYPES[name.rpartition(".")[2]],
            "Cache-Control": "public, max-age=31536000, immutable",
            "X-Robots-Tag": "noindex",
        }
        found[name] = response["body"]
        waiting += set(re.findall(r"[\"']\./([\w-]+\.[0-9a-f]{12}\.\w+)[\"']", response["body"])) - found.keys()
    assert sent == []
    assert output.text
