"""What a path of a website that leads to the API does, whichever recipe of docs/guides/first-party.md makes it."""

import json
import re
from typing import Any, NamedTuple

import urllib3

from tests.contracts.documents import ROOT
from tests.stack.browser_visits import Site, new_site, send, wait_for
from tests.stack.running import RunningStack

_GUIDE = ROOT / "docs" / "guides" / "first-party.md"
_EVENTS_MAX = 10
_HOST = "stats.example.com"
_BODY_BYTES_MAX = 16 * 1024
_NETWORKS = ("127.0.0.2", "127.0.0.3", "127.0.0.2")
_FORGED = {
    "X-Pixel-Proxy": "prx_forged",
    "X-Pixel-Country": "JP",
    "X-Forwarded-For": "203.0.113.9",
    "CloudFront-Viewer-Address": "203.0.113.9:443",
    "CloudFront-Viewer-Country": "JP",
    "CloudFront-Viewer-Country-Region": "13",
    "CloudFront-Viewer-City": "Tokyo",
    "CF-Connecting-IP": "203.0.113.9",
    "X-Vercel-IP-Country": "JP",
    "X-Real-IP": "203.0.113.9",
    "Cookie": "session=1",
}
"""What a visitor sends who wants to be somebody else, and a cookie of the website."""


class Front(NamedTuple):
    """An address where a recipe runs, and the country that its platform knows of visitors."""

    url: str
    country: str = ""


def limited_site(stack: RunningStack) -> Site:
    """Create a website of which an address may send few events in a minute."""
    return new_site(stack, limits={"address": [_EVENTS_MAX, 60]})


def code_of(section: str, language: str) -> list[str]:
    """Return the blocks of code in a section of the guide."""
    [text] = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", _GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def recipe(section: str, language: str, stack: RunningStack, secret: str = "") -> str:
    """Return the recipe of a section with the embedded stack in place of the API, which has no TLS."""
    [code] = code_of(section, language)
    host = stack.state["api_url"].removeprefix("http://")
    local = code.replace(f"https://{_HOST}", f"http://{host}").replace(_HOST, host)
    return local.replace("prx_...", secret)


def check_script(site: Site, front: Front) -> None:
    """Load the script as a browser does, first and again, and ask for what is not there."""
    script = _get(front, f"/px/{site.key}.js")
    again = _get(front, f"/px/{site.key}.js", **{"If-None-Match": script.headers["ETag"]})
    assert (script.status, site.key in script.data.decode()) == (200, True)
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert script.headers["Cache-Control"] == "public, max-age=3600"
    assert (again.status, again.data, again.headers["ETag"]) == (304, b"", script.headers["ETag"])
    assert _get(front, "/px/other.txt").status == 404


def check_stays_below(front: Front) -> None:
    """Ask for other routes of the API through the path."""
    for path in ("/px/../api/v1/health", "/px/%2e%2e/api/v1/health", "/px/..%2fapi%2fv1%2fhealth", "/px/a/b"):
        answer = _get(front, path)
        is_of_proxy = answer.data == b""  # Caddy's answer to a path that it has nothing for
        assert is_of_proxy or answer.status in {400, 403, 404}, (path, answer.status, answer.data)


def check_refusals(site: Site, front: Front) -> None:
    """Send what the API refuses, and see its answer."""
    page = _page(site)
    elsewhere = send(site, f"{front.url}/px/e", page, Origin="https://other.example.net")
    assert (elsewhere.status, elsewhere.json()["error"]["code"]) == (403, "origin_not_allowed")
    too_many = send(site, f"{front.url}/px/e", *[page] * (_EVENTS_MAX + 1), source_address="127.0.0.4")
    assert (too_many.status, int(too_many.headers["Retry-After"]) > 0) == (429, True)
    assert _send_bytes(site, front, _BODY_BYTES_MAX).status == 202
    assert _send_bytes(site, front, _BODY_BYTES_MAX + 1).status == 413


def send_visits(site: Site, front: Front) -> None:
    """Send three pageviews from two networks, which claim to be of a third one in Japan."""
    for network in _NETWORKS:
        answer = send(site, f"{front.url}/px/e", _page(site), source_address=network, **_FORGED)
        assert answer.status == 202, answer.data


def check_visits(stack: RunningStack, site: Site, front: Front) -> None:
    """Wait for these pageviews: the visitors are who they are, and where the platform says."""
    expected = {"country": front.country, "region": "", "city": "", "visitors": 2, "pageviews": 3}
    assert wait_for(stack, "p_geo", site, pageviews=3) == expected


def _page(site: Site) -> dict[str, Any]:
    return {"name": "pageview", "url": f"https://{site.domain}/"}


def _get(front: Front, path: str, **headers: str) -> Any:
    """Ask for a path as it is written, which urllib3 would make shorter."""
    scheme, _, rest = front.url.partition("://")
    assert scheme == "http"
    host, _, port = rest.partition(":")
    with urllib3.HTTPConnectionPool(host, int(port)) as pool:
        return pool.urlopen("GET", path, headers=headers, redirect=False, retries=False)


def _send_bytes(site: Site, front: Front, size: int) -> Any:
    event = {"name": "custom", "goal_name": "padded", "url": f"https://{site.domain}/"}
    body = json.dumps({"k": site.key, "e": [event]}).encode().ljust(size)
    headers = {"Content-Type": "text/plain;charset=UTF-8", "Origin": f"https://{site.domain}"}
    return urllib3.request("POST", f"{front.url}/px/e", body=body, headers=headers, retries=False)
