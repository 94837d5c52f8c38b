"""What tests of the browser pixel on the embedded stack share: pages of a website on it, and what pipes say of them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlencode

from playwright.sync_api import Browser, BrowserContext, Page

from pixel.auth.caller import Scope
from pixel.auth.keys import new_proxy_secret
from pixel.workspaces.api_keys import create_key
from pixel.workspaces.goals import GOALS, NewGoal
from pixel.workspaces.publishable_keys import NewPublishableKey
from pixel.workspaces.websites import WEBSITES, WebsiteChanges
from tests.browser.conftest import Site, new_site
from tests.browser.pixel_site import PixelSite, Website
from tests.browser.watched import TIMEOUT_MS
from tests.stack.running import RunningStack

HERE, THERE = "127.0.0.1", "localhost"
"""Two hosts of this machine, and so two origins, neither of which is that of the API."""
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
OTHER_CHROME = CHROME.replace("X11; Linux x86_64", "Windows NT 10.0; Win64; x64")
ARGUMENTS_OF_PEOPLE = (
    "--disable-blink-features=AutomationControlled",
    # Not set for each page, because what is sent after a page has gone would then be a program's.
    f"--user-agent={CHROME}",
    "--accept-lang=de-DE,de",
)
_ARRIVE_SECONDS = 60.0
_SETTLED_SECONDS = 2.0


class Watched(NamedTuple):
    """A website on the stack, and a server of its pages."""

    site: Site
    pages: Website
    key: str
    secret: str
    reader: str

    @property
    def script(self) -> str:
        return f"{self.site.stack.state['api_url']}/p/{self.key}.js"

    def page(self, path: str = "/", *, host: str = HERE, **options: Any) -> str:
        """Return the address of a new page that includes the script of the stack."""
        return self.pages.page(path, **{"script": self.script, **options, "host": host})

    def rows(self, pipe: str, **parameters: str) -> list[dict[str, Any]]:
        """Return the rows of a pipe, over HTTP as a customer gets them: without bots."""
        query = urlencode({"website_id": self.site.id, **parameters})
        answer = self.site.stack.call(f"/api/v1/pixel/query/{pipe}?{query}", key=self.reader)
        assert answer.status == 200, answer.body
        rows: list[dict[str, Any]] = answer.json["data"]["data"]
        return rows

    def says(self, pipe: str, expected: list[dict[str, Any]], **parameters: str) -> "Said":
        """Return what a pipe is to say in the end, order aside."""
        return Said(self, pipe, expected, parameters)


class Said(NamedTuple):
    of: Watched
    pipe: str
    expected: list[dict[str, Any]]
    parameters: dict[str, str]

    def fault(self) -> str:
        """Return nothing, or what the pipe says in place of what is expected."""
        names = set().union(*self.expected) if self.expected else set()
        rows = self.of.rows(self.pipe, **self.parameters)
        seen = _sorted([{name: row[name] for name in names} for row in rows])
        return "" if seen == _sorted(self.expected) else f"{self.pipe} says {seen} and not {self.expected}"


def settles(*all_said: Said) -> None:
    """Wait until all pipes say what they are to say, and see that they go on saying it."""
    deadline = time.monotonic() + _ARRIVE_SECONDS
    for said in all_said:
        while fault := said.fault():
            assert time.monotonic() < deadline, fault
            time.sleep(0.3)
    time.sleep(_SETTLED_SECONDS)
    assert [fault for said in all_said if (fault := said.fault())] == []


def watched(
    stack: RunningStack, pixel_site: PixelSite, *, origins: tuple[str, ...] = (HERE, THERE), **settings: Any
) -> Watched:
    """Return a new website with a key for its pages and these settings of its browser pixel."""
    site, secret = new_site(stack), new_proxy_secret()
    store, workspace_id = site.tenant.target.store, site.tenant.workspace_id
    if settings:
        WEBSITES.update(store, workspace_id, site.id, WebsiteChanges.model_validate({"pixel": settings}))
    new = NewPublishableKey(kind="publishable", name="pages", website_id=site.id, origins=origins)
    key, _ = create_key(store, workspace_id, new, proxy_secret=secret)
    return Watched(site, pixel_site.website(), key, secret, site.tenant.key(Scope.READ))


def add_goal(of: Watched, name: str, selector: str, **worth: Any) -> None:
    new = NewGoal(website_id=of.site.id, name=name, selector=selector, **worth)
    GOALS.create(of.site.tenant.target.store, of.site.tenant.workspace_id, new)


@contextmanager
def person(people: Browser, **options: Any) -> Iterator[BrowserContext]:
    """Open a browser's window as somebody who has not been here."""
    with people.new_context(**options) as context:
        context.set_default_timeout(TIMEOUT_MS)
        yield context


def look_at(page: Page, address: str) -> None:
    """Open a page and wait until its pageview was accepted."""
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.goto(address)
    assert answered.value.status == 202, answered.value.text()
    assert answered.value.json()["data"]["dropped"] == []


def leave(page: Page) -> None:
    """Close a tab as people do, so that the page may still send what is left."""
    page.close(run_before_unload=True)


def _sorted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: str(sorted(row.items())))
