"""An id of a short link is its address without the scheme, and every other way to write one leads to the same code."""

import pytest

from pixel.foundation import container
from pixel.pxl.addresses import LinkAddress


@pytest.mark.parametrize(
    ("links_url", "domain", "short_id"),
    [
        ("https://go.example.com", "go.example.com", "go.example.com/a/b"),
        ("https://go.example.com/", "go.example.com", "go.example.com/a/b"),
        ("http://127.0.0.1:8787", "127.0.0.1", "127.0.0.1:8787/a/b"),
        ("https://x1.execute-api.eu.amazonaws.com/live", "x1.execute-api.eu.amazonaws.com", None),
    ],
)
def test_an_address_is_read_back(
    links_url: str, domain: str, short_id: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIXEL_LINKS_URL", links_url)
    container.forget_environment()
    address = LinkAddress.of_function()

    written = address.id_of("a/b")

    assert written == (short_id or "x1.execute-api.eu.amazonaws.com/live/a/b")
    assert address.domain == domain
    for text in (
        written,
        f"https://{written}",
        f"HTTP://{written.upper()}/",
        f"https:/{written}",
        f"{domain}/a/b",
        "a/b",
    ):
        assert address.code_in(text).lower() == "a/b"
    assert address.code_in("https://other.example.com/a/b") == "https://other.example.com/a/b"
    assert [address.is_domain(text) for text in (domain.upper(), "other.example.com", "")] == [True, False, False]
