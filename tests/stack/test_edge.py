"""The distribution of stacks/edge.yaml in front of the stack: what pages and dashboards get, and who is believed."""

import json
import shutil
import time
from typing import Any
from uuid import uuid4

import pytest
import urllib3

from pixel.http.front import EDGE_SECRETS
from pixel.workspaces.models import checked
from pixel.workspaces.share_links import SHARE_LINKS, NewShareLink
from pixelctl.commands.function_secrets import read_secret
from tests.stack.browser_visits import WORKSPACE, Site, new_site, rows_of, send, wait_for
from tests.stack.cloudfront import Distribution, Viewer
from tests.stack.commands import pixelctl
from tests.stack.running import RunningStack, within_one_minute

_SECONDS_BETWEEN_OPENS = 0.2  # API Gateway lets five a second through
_BERLIN, _PARIS = Viewer("203.0.113.1", "DE", "BE", "Berlin"), Viewer("2001:db8::1", "FR", "IDF", "Paris")
_FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"


@pytest.fixture(scope="module")
def edge(stack: RunningStack) -> Distribution:
    made = pixelctl(stack, "edge", "set-up")
    return Distribution(stack, secret_version=made["version"])


@pytest.fixture
def site(stack: RunningStack) -> Site:
    return new_site(stack)


def _send(edge: Distribution, site: Site, viewer: Viewer, path: str = "/p/e", **headers: str) -> Any:
    page = {"name": "pageview", "url": f"https://{site.domain}/"}
    given = {
        "Content-Type": "text/plain;charset=UTF-8",
        "Origin": f"https://{site.domain}",
        "User-Agent": _FIREFOX,
        "Accept-Language": "de",
        **headers,
    }
    return edge.ask("POST", path, viewer, headers=given, body=json.dumps({"k": site.key, "e": [page]}).encode())


def _share(stack: RunningStack, site: Site, **fields: Any) -> str:
    """Return the token of a new share link."""
    secret = SHARE_LINKS.issue()
    new = checked(NewShareLink, {"website_id": site.website_id, **fields})
    SHARE_LINKS.create(stack.target.store, WORKSPACE, new, secret=secret)
    return str(secret.shown["token"])


def _open(edge: Distribution, token: str, viewer: Viewer, **headers: str) -> Any:
    time.sleep(_SECONDS_BETWEEN_OPENS)
    given = {"Content-Type": "application/json", **headers}
    body = json.dumps({"token": token}).encode()
    return edge.ask("POST", "/api/v1/share/open", viewer, headers=given, body=body)


def test_the_script_is_kept_and_two_visitors_are_two_with_their_countries(
    stack: RunningStack, edge: Distribution, site: Site
) -> None:
    script, again = (edge.ask("GET", f"/p/{site.key}.js", viewer) for viewer in (_BERLIN, _PARIS))
    answers = [_send(edge, site, _BERLIN), _send(edge, site, _PARIS, "/api/v1/collect"), _send(edge, site, _BERLIN)]

    assert (script.status, script.from_cache, again.from_cache) == (200, False, True)
    assert site.key in script.body.decode()
    assert [answer.status for answer in answers] == [202] * 3, answers[0].body
    assert wait_for(stack, "p_top_pages", site, pageviews=3)["visitors"] == 2
    assert {row["country"] for row in rows_of(stack, "p_geo", site)} == {"DE", "FR"}
    assert {row["browser"] for row in rows_of(stack, "p_tech", site)} == {"Firefox"}  # and not CloudFront


def test_a_visitor_cannot_say_who_they_are(stack: RunningStack, edge: Distribution, site: Site) -> None:
    """Neither through the edge, which writes these headers itself, nor past it, without its secret."""
    lied = {**Viewer("198.51.100.9", "JP").headers(), "X-Forwarded-For": "198.51.100.9", "X-Pixel-Country": "JP"}
    direct = f"{stack.state['api_url']}/p/e"
    page: dict[str, Any] = {"name": "pageview", "url": f"https://{site.domain}/"}

    assert _send(edge, site, _BERLIN, **lied, **{"X-Pixel-Proxy": site.secret}).status == 202
    assert _send(edge, site, _BERLIN).status == 202
    for forged in ({}, {"X-Pixel-Proxy": "prx_" + "0" * 43}):
        assert send(site, direct, page, **lied, **forged).status == 202
    wait_for(stack, "p_top_pages", site, pageviews=4, visitors=2)
    assert {row["country"] for row in rows_of(stack, "p_geo", site)} == {"DE", ""}


@pytest.mark.usefixtures("edge")
def test_what_the_secret_allows_is_to_say_who_the_visitor_is(stack: RunningStack, site: Site) -> None:
    """So whoever has stolen it can do this; a key's own proxy is believed beside it."""
    [secret, *_] = str(read_secret(stack.target, EDGE_SECRETS)).split()
    page: dict[str, Any] = {"name": "pageview", "url": f"https://{site.domain}/"}
    for proof, viewer in ((secret, _BERLIN), (secret, _PARIS), (site.secret, Viewer("203.0.113.3"))):
        said = {**viewer.headers(), "X-Pixel-Proxy": proof}
        assert send(site, f"{stack.state['api_url']}/p/e", page, **said).status == 202
    wait_for(stack, "p_top_pages", site, pageviews=3, visitors=3)


def test_a_share_link_opens_and_its_readers_are_counted_apart(
    stack: RunningStack, edge: Distribution, site: Site
) -> None:
    token = _share(stack, site)
    page = edge.ask("GET", f"/share/{token}", _BERLIN)
    again = edge.ask("GET", f"/share/{token}", _BERLIN)
    [style] = {part for part in page.body.decode().split('"') if part.startswith("../share/assets/") and "css" in part}
    asset, kept = (edge.ask("GET", style.removeprefix(".."), viewer) for viewer in (_BERLIN, _PARIS))

    assert (page.status, again.from_cache) == (200, False)  # it names assets, which change with a deployment
    assert (asset.status, asset.from_cache, kept.from_cache) == (200, False, True)

    def open_twelve_times() -> list[int]:
        crowd, other = _reader(), _reader()
        # A header of one's own makes nobody another reader.
        said: list[dict[str, str]] = [{}] * 11 + [other.headers()]
        return [*(_open(edge, token, crowd, **headers).status for headers in said), _open(edge, token, other).status]

    assert within_one_minute(open_twelve_times) == [200] * 10 + [429, 429] + [200]


def test_numbers_are_those_of_the_session_and_are_kept_for_nobody(
    stack: RunningStack, edge: Distribution, site: Site
) -> None:
    session = _open(edge, _share(stack, site), _reader()).json["data"]["session"]
    query = {"panels": "summary", "period": "7d", "f.country": "DE"}

    def ask(viewer: Viewer, **headers: str) -> Any:
        return edge.ask("GET", "/api/v1/share/data", viewer, query=query, headers=headers)

    def ask_62_times() -> list[Any]:
        reader, other = _reader(), _reader()
        return [ask(viewer, Authorization=f"Viewer {session}") for viewer in [reader] * 61 + [other]]

    answers = within_one_minute(ask_62_times)
    assert [answer.status for answer in answers] == [200] * 60 + [429] + [200]
    assert list(answers[0].json["data"]["panels"]) == ["summary"]
    assert not any(answer.from_cache for answer in answers)
    assert ask(_PARIS).status == 401
    assert edge.ask("GET", "/api/v1/share/data", _PARIS, query=query, scheme="http").status == 403


def test_a_dashboard_of_an_owner_is_shown_with_who_may_embed_it(
    stack: RunningStack, edge: Distribution, site: Site
) -> None:
    made = pixelctl(stack, "dashboard", "open", site.website_id, "--embed-origins", "https://app.example.com")
    signed = made["url"].partition("embed=")[2].partition("#")[0]

    embedded = edge.ask("GET", "/dashboard", _BERLIN, query={"embed": signed, "theme": "dark"})
    plain = edge.ask("GET", "/dashboard", _BERLIN)

    assert (embedded.status, plain.status) == (200, 200)
    assert "frame-ancestors https://app.example.com" in embedded.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in plain.headers["Content-Security-Policy"]


def test_a_browser_may_ask_first(edge: Distribution, site: Site) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    answer = edge.ask("OPTIONS", "/p/e", _BERLIN, headers={"Origin": f"https://{site.domain}", **asked})

    assert answer.status == 200
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]


def test_an_error_is_not_kept(edge: Distribution) -> None:
    asked = [edge.ask("GET", "/p/pk_live_unknown.js", _BERLIN) for _ in range(2)]

    assert [(answer.status, answer.from_cache) for answer in asked] == [(404, False)] * 2


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on PATH")
@pytest.mark.parametrize(("method", "path"), [("GET", "/api/v1/me"), ("DELETE", "/"), ("POST", "/mail/1")])
def test_nothing_else_of_the_api_is_reached(stack: RunningStack, edge: Distribution, method: str, path: str) -> None:
    answer = edge.ask(method, path, _BERLIN, headers={"Authorization": f"Bearer {stack.state['keys']['read']}"})
    by_api = urllib3.request("GET", f"{stack.state['api_url']}/api/v1/unknown")

    assert answer.status == by_api.status == 404
    assert answer.json["error"] | {"docs_url": ""} == by_api.json()["error"] | {"docs_url": ""}
    assert answer.json["error"]["docs_url"].endswith("#not_found")
    assert answer.json["meta"]["request_id"].startswith("req_")
    for name in ("content-type", "cache-control", "access-control-allow-origin"):
        assert answer.headers[name] == by_api.headers[name]


def _reader() -> Viewer:
    """Return a reader of a network that no other test has."""
    network = uuid4().hex
    return Viewer(f"2001:db8:{network[:4]}:{network[4:8]}::1")
