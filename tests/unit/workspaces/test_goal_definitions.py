"""What the selectors of goals match. tests/pipes holds that ClickHouse and the oracle find the same."""

import re

import pytest

from pixel.workspaces.goal_definitions import definition_of, pattern_of
from pixel.workspaces.goals import checked_selector
from pixel.workspaces.kinds import kind_of

_PAGES = {
    "/thanks": (
        ["a.example/thanks", "/thanks", "a.example/thanks/", "b.example/thanks?x=/y#z"],
        ["a.example/thanks/you", "a.example/Thanks", "a.example/x/thanks", "a.example/thank", "a.example/?/thanks"],
    ),
    "/thanks/": (["a/thanks", "a/thanks/"], ["a/thanks//", "a/thanks/x"]),
    "/": (["a/", "/", "a/?q"], ["a/x", ""]),
    "/blog/*": (["a/blog/", "a/blog/x/y?z", "a/blog/x/"], ["a/blog", "a/x?/blog/y"]),
    "/*/edit": (["a/x/edit", "a/x/y/edit/"], ["a/edit", "a/x?/edit"]),
    "/*": (["a/", "a/x?y"], [""]),
    "/a.b(c)$|^": (["h/a.b(c)$|^"], ["h/aXb(c)$|^", "h/", ""]),
    "/é": (["h/é"], ["h/e"]),
    "https://Shop.Example:8443/cart/*": (["shop.example/cart/1"], ["www.shop.example/cart/1", "/cart/1"]),
    "http://*.example/a": (["x.example/a", "x.y.example/a"], ["example/a", "xexample/a", "b/x.example/a"]),
    "https://b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.de/": (["xn--bcher-kva.de/"], ["bucher.de/"]),
    "/s?q=*": (["h/s?q=1", "h/s/?q=#x", "h/s?q=a&b"], ["h/s", "h/s?a&q=1", "h/s#?q=1"]),
    "/d#top": (["h/d#top", "h/d?x#top"], ["h/d", "h/d#topmost"]),
    "/d?x#*": (["h/d?x#", "h/d?x#a"], ["h/d?x", "h/d#x"]),
}


@pytest.mark.parametrize("selector", _PAGES, ids=ascii)
def test_a_url_pattern_matches_these_pages_and_not_those(selector: str) -> None:
    pattern = re.compile(pattern_of("site-1", checked_selector(selector)))
    matched, others = _PAGES[selector]

    assert kind_of(selector) == "url"
    assert [page for page in (*matched, *others) if pattern.search(f"site-1 page {page}")] == matched
    assert not pattern.search(f"site-2 page {matched[0]}")


def test_an_event_is_matched_by_its_whole_name() -> None:
    pattern = re.compile(pattern_of("s", checked_selector("event: demo's +1 ")))

    names = ["demo's +1", "demo's  1", "a demo's +1", "demo's +1 b"]
    assert [name for name in names if pattern.search(f"s event {name}")] == ["demo's +1"]
    assert not pattern.search("s page demo's +1")


def test_an_element_matches_nothing_in_the_warehouse() -> None:
    goal = {"workspace_id": "ws_1", "website_id": "s", "id": "goal_1", "name": "Buy", "selector": "#buy"}

    row = definition_of({**goal, "deleted_at": "2026-01-01T00:00:00Z"}, version=7)

    assert (row.kind, row.pattern, row.is_deleted, row.version) == ("css", "", 1, 7)


@pytest.mark.parametrize("selector", ["event:", "event: ", f"event:{'x' * 129}"])
def test_an_event_needs_a_name(selector: str) -> None:
    with pytest.raises(ValueError, match="such as event:signup"):
        checked_selector(selector)
