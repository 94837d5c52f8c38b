"""What tests of the browser pixel on the stack share: a website with a key, and what pages send."""

import json
import time
from typing import Any, NamedTuple
from uuid import uuid4

import urllib3

from pixel.auth.keys import new_proxy_secret
from pixel.workspaces.api_keys import create_key
from pixel.workspaces.publishable_keys import NewPublishableKey
from pixel.workspaces.websites import WEBSITES, NewWebsite
from tests.stack.running import RunningStack

WORKSPACE = "ws_demo"
_ARRIVE_SECONDS = 60.0
_HEADERS = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
    "Accept-Language": "de",
}


class Site(NamedTuple):
    website_id: str
    domain: str
    key: str
    secret: str


def new_site(stack: RunningStack, **key: object) -> Site:
    """Create a website and a publishable key with these fields besides its own."""
    store, secret = stack.target.store, new_proxy_secret()
    domain = f"{uuid4().hex[:12]}.example.com"
    website = WEBSITES.create(store, WORKSPACE, NewWebsite(domain=domain))
    asked = {"kind": "publishable", "name": "pages", "website_id": website["id"], **key}
    raw, _ = create_key(store, WORKSPACE, NewPublishableKey.model_validate(asked), proxy_secret=secret)
    return Site(website["id"], domain, raw, secret)


def send(site: Site, url: str, *events: dict[str, Any], source_address: str | None = None, **headers: str) -> Any:
    """Send events as a page does, and return the answer."""
    given = {"Content-Type": "text/plain;charset=UTF-8", "Origin": f"https://{site.domain}", **_HEADERS, **headers}
    pool = urllib3.PoolManager(source_address=(source_address, 0) if source_address else None)
    return pool.request("POST", url, body=json.dumps({"k": site.key, "e": list(events)}), headers=given, retries=False)


def rows_of(stack: RunningStack, pipe: str, site: Site) -> list[dict[str, Any]]:
    answer = urllib3.request(
        "GET",
        f"{stack.state['tinybird_url']}/v0/pipes/{pipe}.json",
        fields={"workspace_id": WORKSPACE, "website_id": site.website_id, "include_bots": "1"},
        headers={"Authorization": f"Bearer {stack.state['tinybird']['admin_token']}"},
    )
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


def wait_for(stack: RunningStack, pipe: str, site: Site, **expected: object) -> dict[str, Any]:
    """Return the first row of a pipe as soon as it has these values."""
    deadline = time.monotonic() + _ARRIVE_SECONDS
    while True:
        rows = rows_of(stack, pipe, site)
        if rows and expected.items() <= rows[0].items():
            return rows[0]
        assert time.monotonic() < deadline, rows
        time.sleep(0.3)
