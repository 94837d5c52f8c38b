"""Chromium on the embedded stack: a browser for the whole tier, and websites whose dashboards it opens."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import boto3
import pytest
import urllib3
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from pixel.auth.caller import Scope
from pixel.workspaces.models import checked
from pixel.workspaces.share_links import SHARE_LINKS, NewShareLink
from pixel.workspaces.websites import WEBSITES, NewWebsite
from tests.browser.pixel_site import PixelSite, Website, running
from tests.browser.watched import TIMEOUT_MS, Tabs, Watched
from tests.stack.conftest import Tenant, new_tenant
from tests.stack.running import RunningStack

# Pages of other origins, which tests make up, embed one of this machine.
# Without processes for pages that never come, which are as large as those of tests: a page that might follow, the lists
# below the address bar of a window that nobody sees. And without one that draws as a graphics card would.
ARGUMENTS = [
    "--font-render-hinting=none",
    "--disable-features=LocalNetworkAccessChecks,SpareRendererForSitePerProcess,WebUIOmniboxPopup,WebUIOmniboxAimPopup",
    "--disable-gpu",
    "--in-process-gpu",
]
_HOSTS = "--host-resolver-rules=MAP *.example 127.0.0.1"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
# The system's font of the machines that tests run on is no sight; nothing but pictures depends on it.
_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include><match target="pattern">
<edit name="family" mode="prepend" binding="strong"><string>Inter</string><string>Liberation Sans</string></edit>
</match></fontconfig>"""


class Site(NamedTuple):
    """A website of a workspace of its own."""

    stack: RunningStack
    tenant: Tenant
    id: str

    def share(self, **fields: Any) -> str:
        """Return the address of a new share link."""
        return share(self.stack, self.tenant.workspace_id, self.id, **fields)

    def send(self, *events: dict[str, Any]) -> None:
        key = self.tenant.key(Scope.WRITE)
        body = json.dumps({"events": [{"website_id": self.id, **event} for event in events]})
        answer = self.stack.call(
            "/api/v1/pixel/events/batch",
            method="POST",
            key=key,
            headers={"Content-Type": "application/json"},
            body=body.encode(),
        )
        assert answer.json["data"]["accepted"] == len(events), answer.json


def share(stack: RunningStack, workspace_id: str, website_id: str, **fields: Any) -> str:
    """Return the address of a new share link of a website."""
    secret = SHARE_LINKS.issue()
    new = checked(NewShareLink, {"website_id": website_id, **fields})
    SHARE_LINKS.create(stack.target.store, workspace_id, new, secret=secret)
    return f"{stack.state['api_url']}/share/{secret.shown['token']}"


def chromium_path() -> str:
    """Return the path of the machine's Chromium; without one, tests are skipped or, in CI, fail."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        sentence = "no Chromium on PATH: install Debian's package chromium, or name a browser in CHROMIUM"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(sentence)
    return path


@pytest.fixture(scope="package")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Start the machine's Chromium; it ends with these tests, because Playwright keeps an event loop running."""
    path = chromium_path()
    fonts = tmp_path_factory.mktemp("fonts") / "fonts.conf"
    fonts.write_text(_FONTS)
    environment: dict[str, str | float | bool] = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS, env=environment)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def tabs(chromium: Browser) -> Iterator[Tabs]:
    """Return the tab that tests open their pages in, one after the other."""
    with chromium.new_context(reduced_motion="reduce", accept_downloads=True) as context:
        context.set_default_timeout(TIMEOUT_MS)
        yield Tabs(context)


@pytest.fixture
def watch(tabs: Tabs, stack: RunningStack) -> Iterator[Callable[..., Watched]]:
    """Return a function that opens a page, about which nothing may be wrong when the test ends."""
    _forget_readers(stack)
    pages: list[Watched] = []

    def opened(address: str, **options: Any) -> Watched:
        pages.append(Watched(tabs, stack.state["api_url"], address, **options))
        return pages[-1]

    yield opened
    for page in pages:
        page.close()


@pytest.fixture
def site(stack: RunningStack) -> Site:
    """Return a website without events."""
    return new_site(stack)


@pytest.fixture(scope="session")
def demo_share(stack: RunningStack) -> Callable[..., str]:
    """Return a function that shares the website of the demo, which has three weeks of traffic.

    The same fields give the same link, whose answers the stack keeps for a minute.
    """
    links: dict[str, str] = {}

    def shared(**fields: Any) -> str:
        name = json.dumps(fields, sort_keys=True)
        if name not in links:
            links[name] = share(stack, stack.state["workspace_id"], stack.state["website_id"], **fields)
        return links[name]

    return shared


@pytest.fixture(scope="session")
def screens() -> Path:
    """Return the folder of pictures, which are there to be looked at."""
    folder = Path(__file__).resolve().parents[2] / ".local" / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def new_site(stack: RunningStack, name: str = "Kettle & Crow", timezone: str = "UTC") -> Site:
    tenant = new_tenant(stack, rate_limit=600)
    new = NewWebsite(domain=f"{uuid4().hex[:12]}.example.com", name=name, timezone=timezone)
    return Site(stack, tenant, str(WEBSITES.create(tenant.target.store, tenant.workspace_id, new)["id"]))


def owner_address(stack: RunningStack, key: str, website_id: str, **fields: Any) -> str:
    """Return the address of an owner's dashboard."""
    answer = urllib3.request(
        "POST",
        f"{stack.state['api_url']}/api/v1/pixel/dashboard-sessions",
        headers={"Authorization": f"Bearer {key}"},
        json={"website_id": website_id, **fields},
    )
    assert answer.status == 201, answer.data
    return str(answer.json()["data"]["url"])


def _forget_readers(stack: RunningStack) -> None:
    """Empty the counters of readers: all tests have one address, which may open ten links a minute."""
    resources = stack.state["resources"]
    dynamodb: Any = boto3.client(
        "dynamodb", endpoint_url=stack.state["dynamodb_endpoint_url"], region_name=stack.state["region"]
    )
    for item in dynamodb.scan(TableName=resources["CountersTable"])["Items"]:
        if item["workspace_minute"]["S"].startswith(("data", "opens_address", "wrong_")):
            dynamodb.delete_item(
                TableName=resources["CountersTable"], Key={"workspace_minute": item["workspace_minute"]}
            )


@pytest.fixture(scope="package")
def pixel_site() -> Iterator[PixelSite]:
    """Serve pages with the browser script, and record what it sends."""
    with running() as site:
        yield site


@pytest.fixture(scope="package")
def visitors(chromium: Browser) -> Iterator[Browser]:
    """Start a browser as visitors have one: with its cache of pages, and hosts of `example` on this machine."""
    browser = chromium.browser_type.launch(
        executable_path=chromium_path(),
        args=[*ARGUMENTS, _HOSTS],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield browser
    browser.close()


@contextmanager
def unwatched_visit(address: str, profile: Path) -> Iterator[None]:
    """Open a page in a browser that nothing drives."""
    options = ("--headless=new", "--no-sandbox", "--no-first-run", f"--user-data-dir={profile}", _HOSTS, *ARGUMENTS)
    process = subprocess.Popen(
        [chromium_path(), *options, address], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture
def pixel_context(visitors: Browser) -> Iterator[BrowserContext]:
    with visitors.new_context() as context:
        context.set_default_timeout(TIMEOUT_MS)
        yield context


@pytest.fixture
def page(pixel_context: BrowserContext) -> Page:
    """Return a tab of a visitor who has not been here."""
    return pixel_context.new_page()


@pytest.fixture
def website(pixel_site: PixelSite) -> Website:
    """Return a website with a key of its own and no settings."""
    return pixel_site.website()
