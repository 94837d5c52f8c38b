"""`/` of the embedded stack links what there is to see, and nothing else beside the API is served."""

import re

from local.front_page import FrontPage
from local.gateway.call import HttpRequest
from pixel.dashboard.signing import Purpose, signed_content
from tests.conftest import put_secret

_SECRET = "0" * 64


def _get(page: FrontPage, path: str, method: str = "GET") -> tuple[int, str, str] | None:
    answer = page.answer(HttpRequest(method, path, [], b"", "127.0.0.1"))
    return (
        None if answer is None else (answer.status, dict(answer.headers).get("Content-Type", ""), answer.body.decode())
    )


def test_it_links_the_dashboard_the_reference_and_the_documents(tables: object) -> None:
    assert tables is not None
    put_secret("viewer-secret", _SECRET)
    shop = "http://127.0.0.1:8797/"
    page = FrontPage("http://127.0.0.1:8787", _SECRET, "ws_demo", "admx_demo", shop_url=shop)

    status, media_type, html = _get(page, "/") or (0, "", "")
    links = re.findall(r'href="([^"]+)"', html)

    assert (status, media_type) == (200, "text/html; charset=utf-8")
    assert links[0].startswith("http://127.0.0.1:8787/dashboard#s=")
    assert signed_content(Purpose.SESSION, links[0].rpartition("#s=")[2])["website_id"] == "admx_demo"
    assert links[1] == shop
    assert {"docs", "docs/errors.md", "docs/security.md"} <= set(links)
    for link in links[2:]:
        if link.startswith("_local/"):
            continue  # served beside this page, by tests/local/test_mail.py and the like
        assert (_get(page, f"/{link}") or (0,))[0] == (302 if link == "docs" else 200), link


def test_without_a_demo_there_is_no_dashboard_to_link() -> None:
    page = FrontPage("http://127.0.0.1:8787", _SECRET, None, None)

    assert page.dashboard() is None
    assert "/dashboard" not in (_get(page, "/") or (0, "", ""))[2]


def test_other_paths_are_the_api_s() -> None:
    page = FrontPage("http://127.0.0.1:8787", _SECRET, None, None)

    for path in (
        "/api/v1/health",
        "/docs/../README.md",
        "/docs/%2e%2e/README.md",
        "/dashboard",
        "//",
    ):
        assert _get(page, path) is None, path
    assert _get(page, "/", "POST") is None
