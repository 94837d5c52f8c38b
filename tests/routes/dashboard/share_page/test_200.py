"""GET /share/{token} is the same page for every token, and asks nothing of AWS."""

from functions.dashboard.share_page.handler import handler
from tests.conftest import Output
from tests.routes.dashboard.pages import assert_is_page, opened


def test_every_token_gets_the_same_bytes(output: Output, sent: list[str]) -> None:
    tokens = ("share_x", "assets", "%2e%2e", "'\"><script>", f"share_{'0' * 43}")
    pages = [opened("share_page", handler, {"token": token}, {"period": "7d", "f.path": "/"}) for token in tokens]

    assert_is_page(pages[0], root="../")
    assert all(page == pages[0] for page in pages)
    assert sent == []
    assert output.text


def test_a_browser_that_has_the_page_is_not_sent_it_again(output: Output) -> None:
    tag = opened("share_page", handler, {"token": "x"})["headers"]["ETag"]

    again = opened("share_page", handler, {"token": "y"}, headers={"If-None-Match": tag})

    assert (again["statusCode"], again["body"], again["headers"]["ETag"]) == (304, "", tag)
    assert "Content-Security-Policy" in again["headers"]
    assert output.text
