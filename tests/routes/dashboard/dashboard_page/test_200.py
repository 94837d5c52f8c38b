"""GET /dashboard may be framed by the origins that its address names, if this deployment signed them."""

import pytest

from functions.dashboard.dashboard_page.handler import handler
from pixel.dashboard.embedding import signed_origins
from pixel.dashboard.signing import VIEWER_SECRET
from tests.conftest import Output, put_secret
from tests.routes.dashboard.dashboards import SECRET
from tests.routes.dashboard.pages import assert_is_page, opened

pytestmark = pytest.mark.usefixtures("tables", "no_sleep")


def test_without_origins_nobody_may_embed_it_and_nothing_is_read(output: Output, sent: list[str]) -> None:
    assert_is_page(opened("dashboard_page", handler, query={"period": "7d"}), root="./")
    assert sent == []
    assert output.text


def test_signed_origins_may_embed_it(output: Output) -> None:
    put_secret(VIEWER_SECRET, SECRET)
    query = {"embed": signed_origins(["https://app.example.com"])}

    assert_is_page(opened("dashboard_page", handler, query=query), root="./", origins="https://app.example.com")
    assert output.text


def test_origins_that_nobody_signed_may_not(output: Output) -> None:
    """Nor any, where there is no secret."""
    assert_is_page(opened("dashboard_page", handler, query={"embed": "x"}), root="./")
    put_secret(VIEWER_SECRET, SECRET)
    for given in (signed_origins(["https://a.example.com"], secret="f" * 32), "", "*", "a.b"):
        assert_is_page(opened("dashboard_page", handler, query={"embed": given}), root="./")
    assert output.text
