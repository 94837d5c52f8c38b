"""What a share link may show: each field in the form in which it is stored, and what is refused."""

from typing import Any

import pytest

from pixel.foundation.errors import FieldError
from pixel.workspaces.models import InvalidFieldsError, checked
from pixel.workspaces.share_links import NewShareLink, ShareLinkChanges

_STORED: tuple[tuple[str, Any, Any], ...] = (
    ("panels", ["pages", "summary", "pages"], ["summary", "pages"]),
    ("periods", ["custom", "today"], ["today", "custom"]),
    ("filters", {"country": "de", "path": "https://a.example.com/x?y=1", "browser": "chrome"}, None),
    ("filters", {}, {}),
    ("embed_origins", ["https://A.Example.com/", "https://a.example.com"], ["https://a.example.com"]),
    ("embed_origins", ["https://bücher.example:8443"], ["https://xn--bcher-kva.example:8443"]),
    ("embed_origins", ["http://127.0.0.1:9000", "http://localhost"], ["http://127.0.0.1:9000", "http://localhost"]),
    ("steps", [" /a ", "goal:sign up", "payment", "payment:plan"], ["/a", "goal:sign up", "payment", "payment:plan"]),
    ("min_visitors", 100, 100),
    ("theme", "auto", "auto"),
)
_REFUSED: tuple[tuple[str, Any, str], ...] = (
    ("panels", "summary", "wrong_type"),
    ("panels", None, "wrong_type"),
    ("panels", ["summary", 1], "wrong_type"),
    ("panels", ["sessions"], "invalid"),
    ("periods", [], "invalid"),
    ("filters", ["country"], "wrong_type"),
    ("filters", {"country": 1}, "wrong_type"),
    ("filters", {"country": "XX"}, "invalid"),
    ("filters", {"country": ""}, "invalid"),
    ("filters", {"property_key": "plan"}, "invalid"),
    ("filters", {"{x}": "y"}, "invalid"),
    ("embed_origins", [f"https://a{number}.example.com" for number in range(11)], "invalid"),
    *(
        ("embed_origins", [origin], "invalid")
        for origin in (
            *("http://a.example.com", "https://a.example.com/x", "https://u@a.example.com", "https://a.example.com?x"),
            *("https://*", "*", "https://a.example.com; script-src *", "https://a b.example.com", "'none'"),
            *("https://a.example.com:99999", "https://[::1", "javascript://a.example.com", "https://"),
        )
    ),
    ("theme", "Dark", "invalid"),
    ("min_visitors", True, "wrong_type"),
    ("min_visitors", 2.0, "wrong_type"),
    ("min_visitors", -1, "invalid"),
    ("steps", ["/a"], "invalid"),
    ("steps", ["/a"] * 11, "invalid"),
    ("steps", ["/a", "b"], "invalid"),
    ("steps", ["/a", "goal:a,b"], "invalid"),
    ("steps", ["/a", f"/{'b' * 1100}"], "invalid"),
)


def _faults(given: dict[str, Any]) -> list[FieldError]:
    try:
        checked(ShareLinkChanges, given)
    except InvalidFieldsError as failure:
        return failure.faults
    return []


def test_a_field_is_stored_in_its_normal_form() -> None:
    for name, given, stored in _STORED:
        found = checked(ShareLinkChanges, {name: given}).given()[name]
        expected = {"country": "DE", "path": "/x", "browser": "Chrome"} if stored is None else stored
        assert found == expected, name
        assert checked(ShareLinkChanges, {name: found}).given()[name] == found


def test_any_other_value_is_refused_by_its_name() -> None:
    for name, given, code in _REFUSED:
        found = _faults({name: given})
        assert [(fault.path, fault.code) for fault in found] == [(name, code)], (name, given)
        assert "example.com;" not in found[0].message


def test_a_funnel_has_steps() -> None:
    both = {"website_id": "admx_1", "panels": ["funnel"], "steps": ["/", "payment"]}

    assert checked(NewShareLink, both).given()["panels"] == ["funnel"]
    with pytest.raises(InvalidFieldsError) as caught:
        checked(NewShareLink, {**both, "steps": []})
    assert [(fault.path, fault.code) for fault in caught.value.faults] == [("panels", "invalid")]
