"""A page of which everything is noticed that must not happen: messages, violations, requests elsewhere, overflow."""

import json
import os
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Request, Route

_AXE = Path(__file__).with_name("axe.min.js")
_STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_LOADED = """() => document.querySelector("[data-state], [data-gate]")
  && !document.querySelector("[data-state=loading], [aria-busy=true]")"""
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_FOUND = """async (runOnly) => (await axe.run(document, {runOnly, resultTypes: ["violations"]}))
  .violations.map(({id, nodes}) => id + ": " + nodes.map((node) => node.target.join(" ")).slice(0, 3).join(", "))"""
# What Chromium itself writes about an answer that the test wants.
_ABOUT_STATUS = re.compile(
    r"Failed to load resource: "
    r"(the server responded with a status of (400|401|404|429|503)|net::ERR_CONNECTION_REFUSED)"
)
TIMEOUT_MS = 20_000
ARE_PICTURES_WANTED = bool(os.environ.get("SCREENS"))
"""Whether tests take pictures of what they check, as `make screens` wants it: it costs half of their time."""


class Look(NamedTuple):
    """A size of the window and a scheme of colours."""

    width: int
    height: int
    scheme: str

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}"


WIDE, NARROW = (1280, 900), (390, 844)
LOOKS = tuple(Look(*size, scheme) for size in (WIDE, NARROW) for scheme in ("light", "dark"))
CHECKED = (Look(*WIDE, "light"), Look(*NARROW, "dark"))
"""Both sizes and both schemes: a size does not change colours, nor a scheme where things are."""


class Tabs:
    """A tab that is used again: the process of its page, and what that has compiled, cost more than most tests."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self._free: list[Page] = []

    def take(self) -> Page:
        return self._free.pop() if self._free else self.context.new_page()

    def give_back(self, page: Page) -> None:
        page.unroute_all()
        page.evaluate("localStorage.clear()")
        self._free.append(page)


class Watched:
    """A page that knows nothing of those before it."""

    def __init__(self, tabs: Tabs, home: str, address: str, *, look: Look = LOOKS[0], is_waiting: bool = True,
                 answered: Callable[[dict[str, Any]], dict[str, Any] | int] | None = None) -> None:  # fmt: skip
        self._tabs = tabs
        self._home = home
        self._is_spent = False
        self.wrong: list[str] = []
        self.requests: list[Request] = []
        self.context = tabs.context
        self.page = tabs.take()
        if answered is not None:
            self.page.route("**/api/v1/share/data?*", lambda route: _change(route, answered))
        self.look_at(look)
        if "#" in address:
            self.page.goto("about:blank")  # else it might be the same page with another fragment
        self.page.on("console", self._on_message)
        self.page.on("pageerror", self._on_error)
        self.page.on("request", self._on_request)
        self.page.goto(address)
        if is_waiting:
            self.wait()

    def run_first(self, script: str) -> None:
        """Run a script before those of the page, from the next time that it is loaded. No other test gets this tab."""
        self._is_spent = True
        self.page.add_init_script(script)

    def stop_clock(self) -> None:
        """Let time pass only as the test says, from the next time that the page is loaded."""
        self._is_spent = True
        self.page.clock.install()

    def wait(self) -> None:
        """Wait until everything that is shown has come, or failed."""
        self.page.wait_for_function(_LOADED)

    def see_map(self) -> None:
        """Scroll to the map, which is loaded when it is seen, and back."""
        self.page.locator(".map").scroll_into_view_if_needed()
        self.page.locator(".map svg").wait_for()
        self.page.evaluate("scrollTo(0, 0)")

    def close(self) -> None:
        """Close the page, and fail if something was wrong with it."""
        self.page.remove_listener("console", self._on_message)
        self.page.remove_listener("pageerror", self._on_error)
        self.page.remove_listener("request", self._on_request)
        if self._is_spent:
            self.page.close()
        else:
            self._tabs.give_back(self.page)
        assert self.wrong == []

    def look_at(self, look: Look) -> None:
        self.page.set_viewport_size({"width": look.width, "height": look.height})
        self.page.emulate_media(color_scheme="dark" if look.scheme == "dark" else "light")
        self.page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")

    def must_fit(self) -> None:
        """Fail if the page can be scrolled sideways."""
        assert self.page.evaluate(_OVERFLOW) <= 0

    def must_be_accessible(self) -> None:
        """Fail if axe finds anything."""
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(_axe())
        assert self.page.evaluate(_FOUND, {"type": "tag", "values": _STANDARDS}) == []

    def picture(self, path: Path, *, is_whole: bool = True) -> None:
        self.page.screenshot(path=path, full_page=is_whole)

    def keep(self, path: Path, *, is_whole: bool = True) -> None:
        """Take a picture to be looked at, if pictures are wanted."""
        if ARE_PICTURES_WANTED:
            self.picture(path, is_whole=is_whole)

    def texts(self, selector: str) -> list[str]:
        return [text.strip() for text in self.page.locator(selector).all_inner_texts()]

    def asked(self) -> list[Mapping[str, str]]:
        """Return the questions that were asked, as the parameters of each."""
        return [
            {key: values[0] for key, values in _query(request.url).items()}
            for request in self.requests
            if "/share/data?" in request.url
        ]

    def _on_request(self, request: Request) -> None:
        self.requests.append(request)
        if not request.url.startswith((self._home, "data:", "blob:")):
            self.wrong.append(f"request elsewhere: {request.url}")

    def _on_message(self, message: ConsoleMessage) -> None:
        if not _ABOUT_STATUS.search(message.text):
            self.wrong.append(message.text)

    def _on_error(self, error: Error) -> None:
        self.wrong.append(f"error: {error.message}")


def _change(route: Route, answered: Callable[[dict[str, Any]], dict[str, Any] | int]) -> None:
    """Answer a question with what the stack says, changed, or with a status in its place."""
    response = route.fetch()
    changed = answered(response.json())
    if isinstance(changed, int):
        body = json.dumps({"error": {"code": "tinybird_unavailable", "message": "Try again."}, "meta": {}})
        route.fulfill(status=changed, body=body, headers={"Content-Type": "application/json"})
    else:
        route.fulfill(response=response, json=changed)


def _query(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


@cache
def _axe() -> str:
    return _AXE.read_text()
