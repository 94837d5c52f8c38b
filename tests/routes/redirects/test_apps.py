"""Deep links and consent through the real handlers: the pages, and when a visitor gets none."""

import re
from html import unescape
from typing import Any

import pytest

from pixel.links.companies import Company
from pixel.links.store import LinkStore
from pixel.workspaces.models import checked
from tests.links_given import OWN_HOST, WORKSPACE, new_link
from tests.routes.redirects.conftest import Clicks
from tests.routes.redirects.visiting import Reply, columns, visit

_PAGE = "https://example.com/page"
_SAFARI = "AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1"
_DEVICES = {
    "iPhone": f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) {_SAFARI}",
    "iPad": f"Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) {_SAFARI}",
    "Android": "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36",
    "desktop": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}
_INTENT = (
    "intent://page#Intent;scheme=myapp;package=com.example.app;S.browser_fallback_url=https%3A%2F%2Fevil.example;end"
)
_STORE = "https://play.google.com/store/apps/details?id=com.example.app"


def _on(device: str, link: dict[str, Any], query: str = "", **headers: str) -> Reply:
    return visit(f"/{link['code']}{query}", headers={"User-Agent": _DEVICES[device], **headers})


def _links_of(reply: Reply) -> list[str]:
    return [unescape(one) for one in re.findall(r'<a [^>]*href="([^"]*)"', reply.body)]


@pytest.fixture
def asking(links: LinkStore) -> dict[str, Any]:
    """Return a link that asks for consent."""
    links.set_company(WORKSPACE, checked(Company, {"name": 'Kettle & "Crow"', "privacy_url": "https://crow.example/p"}))
    return new_link(links, consent=True)


def test_an_app_opens_by_a_page_and_the_web_is_the_way_back(links: LinkStore, clicks: Clicks) -> None:
    link = new_link(
        links,
        deep_link_enabled=True,
        deep_link_ios='myapp://page?a=%22"&b=1',
        deep_link_android=_INTENT,
        deep_link_fallback_url=_STORE,
        utm_source="flyer",
    )
    back = f"{_STORE}&utm_source=flyer&c=d&referrer=deepLink%3Dhttps://{OWN_HOST}/{link['code']}"

    found = {device: _on(device, link, "?c=d") for device in _DEVICES}

    assert found["desktop"].location == f"{_PAGE}?utm_source=flyer&c=d"
    for device in ("iPhone", "iPad"):
        assert _links_of(found[device]) == ["myapp://page?a=%22%22&b=1", back]
    [intent, web] = _links_of(found["Android"])
    assert web == back
    assert intent.startswith(
        "intent://page#Intent;scheme=myapp;package=com.example.app;S.browser_fallback_url=https%3A%2F"
    )
    assert intent.endswith(";end")
    assert intent.count("S.browser_fallback_url") == 1
    assert "evil" not in intent
    assert columns(clicks, "outcome", "status", "destination_host") == [
        *[("redirected", 200, "play.google.com")] * 3,
        ("redirected", 302, "example.com"),
    ]


def test_the_page_of_an_app_runs_its_own_script_alone(links: LinkStore, clicks: Clicks) -> None:
    link = new_link(links, deep_link_enabled=True, deep_link_ios="myapp://page")

    reply = _on("iPhone", link)

    policy = dict(part.split(" ", 1) for part in reply.headers["Content-Security-Policy"].split("; "))
    [nonce] = set(re.findall(r'<(?:script|style) nonce="([^"]+)"', reply.body))
    assert policy["script-src"] == policy["style-src"] == f"'nonce-{nonce}'"
    assert policy["default-src"] == "'none'"
    assert reply.body.count("<script") == 1
    assert _links_of(reply) == ["myapp://page", _PAGE]  # which lead on without a script


def test_an_address_of_the_web_opens_its_app_by_a_redirect(links: LinkStore, clicks: Clicks) -> None:
    link = new_link(links, deep_link_enabled=True, deep_link_ios="https://app.example.com/p", deep_link_android=_STORE)

    assert _on("iPhone", link).location == "https://app.example.com/p"
    assert str(_on("Android", link).location).startswith(f"{_STORE}&referrer=deepLink%3D")
    off = new_link(links, deep_link_ios="https://app.example.com/p")
    assert _on("iPhone", off).location == _PAGE


def test_consent_is_asked_once(asking: dict[str, Any], clicks: Clicks) -> None:
    reply = _on("desktop", asking, "?a=b")
    declined = [_on("desktop", asking, **{name: "1"}).location for name in ("Sec-GPC", "DNT")]
    answered = [_on("desktop", asking, Cookie=f"px_c={answer}").location for answer in ("yes", "no")]
    unanswered = _on("desktop", asking, Cookie="px_c=maybe")
    machine = visit(f"/{asking['code']}", headers={"User-Agent": "curl/8.0"})

    assert (reply.status, unanswered.status) == (200, 200)
    assert "Kettle &amp; &quot;Crow&quot;" in reply.body
    assert _links_of(reply) == [f"{_PAGE}?a=b", "https://crow.example/p"]
    assert f'<meta http-equiv="refresh" content="3;url={_PAGE}?a=b">' in reply.body
    assert [*declined, *answered, machine.location] == [_PAGE] * 5
    assert [row["outcome"] for row in clicks] == ["interstitial", *["redirected"] * 4, "interstitial", "redirected"]
    assert clicks[0]["destination_host"] == "example.com"


def test_consent_is_asked_before_an_app_opens(links: LinkStore, asking: dict[str, Any], clicks: Clicks) -> None:
    link = new_link(links, consent=True, deep_link_enabled=True, deep_link_ios="myapp://page")

    first, second = _on("iPhone", link), _on("iPhone", link, Cookie="px_c=no")

    assert 'data-app="myapp://page"' in first.body
    assert "Allow" in first.body
    assert _links_of(second) == ["myapp://page", _PAGE]
