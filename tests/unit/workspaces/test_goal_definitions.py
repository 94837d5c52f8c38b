"""What the selectors of goals match. tests/pipes holds that ClickHouse and the oracle find the same."""

import re
from collections.abc import Iterator

import pytest

from pixel.workspaces.goal_definitions import definition_of, pattern_of
from pixel.workspaces.goal_kind import kind_of
from pixel.workspaces.goals import checked_selector

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
    "/d?x#y": (["h/d?x#y", "h/d/?x#y"], ["h/d?x", "h/d#y", "h/d?x#yy"]),
    "/s?": (["h/s?", "h/s?#x"], ["h/s", "h/s?a"]),
    "/a*b?c=*": (["h/a1b?c=2", "h/ab/?c="], ["h/a?b?c=", "h/a1b", "h/a#b?c="]),
    "https://*/d#*": (["h/d#", "h/d?x#y"], ["h/d", "h/x/d#"]),
}


_PATTERN = re.compile(r"(?P<host>[^/]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?P<fragment>#.*)?")


@pytest.mark.parametrize("selector", _PAGES, ids=ascii)
def test_a_url_pattern_matches_these_pages_and_not_those(selector: str) -> None:
    matched, others = _PAGES[selector]

    assert kind_of(selector) == "url"
    assert [page for page in (*matched, *others) if _reaches(page, selector)] == matched


def test_a_pattern_without_wildcards_is_a_text_that_is_looked_up() -> None:
    found = {selector: pattern_of(checked_selector(selector), "x") for selector in (*_PAGES, "event:signup")}

    assert {selector for selector, pattern in found.items() if pattern.startswith("^")} == {
        selector for selector in found if "*" in selector
    }


def test_an_event_is_matched_by_its_whole_name() -> None:
    assert pattern_of(checked_selector("event: demo's +1 "), "x") == "event:demo's +1"


def _reaches(page: str, selector: str) -> bool:
    pattern = pattern_of(checked_selector(selector), "x")
    texts = set(_texts_of(page))
    return any(re.search(pattern, text, re.DOTALL) for text in texts) if pattern.startswith("^") else pattern in texts


def _texts_of(page: str) -> Iterator[str]:
    """Yield the texts of a pageview, as goal_events makes them."""
    parts = _PATTERN.fullmatch(page)
    assert parts is not None
    host, path, query, fragment = (parts[name] or "" for name in ("host", "path", "query", "fragment"))
    trimmed = path[:-1] if re.search("[^/]/$", path) else path
    for ending in ("", query, fragment, query + fragment):
        form = ("?" if ending.startswith("?") else "") + ("#" if "#" in ending else "")
        yield from (f"{form}{place}{one}{ending}" for place in ("", host) for one in (path, trimmed))


def test_an_element_is_matched_by_the_event_of_the_goal_s_name() -> None:
    goal = {"workspace_id": "ws_1", "website_id": "s", "id": "goal_1", "name": "Buy", "selector": "#buy"}

    row = definition_of({**goal, "deleted_at": "2026-01-01T00:00:00Z"}, version=7)

    assert (row.kind, row.pattern, row.is_deleted, row.version) == ("css", "event:Buy", 1, 7)
    assert (row.value, row.currency) == (0, "")


def test_a_row_has_the_value_of_a_conversion() -> None:
    goal = {"workspace_id": "ws_1", "website_id": "s", "id": "goal_1", "name": "Buy", "selector": "/buy"}

    row = definition_of({**goal, "value": 49.9, "currency": "EUR"}, version=7)

    assert (row.value, row.currency) == (49.9, "EUR")


@pytest.mark.parametrize("selector", ["event:", "event: ", f"event:{'x' * 129}"])
def test_an_event_needs_a_name(selector: str) -> None:
    with pytest.raises(ValueError, match="such as event:signup"):
        checked_selector(selector)
