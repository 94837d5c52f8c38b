"""What tests of pages share: a request of a browser, and the headers that each page has."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.routes.gateway import FIXED_HEADERS, Event, event

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors {origins}; require-trusted-types-for 'script'"
)
"""Written out, so that a change of the page's policy shows here."""


def opened(
    function: str,
    handler: Callable[[Event, object], Event],
    path: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Any:
    """Return the response to a browser."""
    asked = event(function)
    asked["pathParameters"] = dict(path) if path else None
    asked["multiValueQueryStringParameters"] = {name: [value] for name, value in (query or {}).items()} or None
    asked["multiValueHeaders"] |= {name: [value] for name, value in (headers or {}).items()}
    return handler(asked, None)


def assert_is_page(response: Any, *, root: str, origins: str = "'none'") -> None:
    """Check status, headers and addresses of the page."""
    assert response["statusCode"] == 200
    headers = dict(response["headers"])
    assert headers.pop("ETag").startswith('W/"')
    features = headers.pop("Permissions-Policy").split(", ")
    assert {"camera=()", "geolocation=()", "microphone=()"} <= set(features)
    assert all(feature.endswith("=()") for feature in features)
    assert headers == {
        **FIXED_HEADERS,
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-cache",
        "Content-Security-Policy": POLICY.format(origins=origins),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
    }
    assert f'data-root="{root}"' in response["body"]
    assert f'"{root}share/assets/app.' in response["body"]
    assert "{{" not in response["body"]
