"""The rules of each field of a link: what is refused, by which path and code, without a word of the value."""

from typing import Any

import pytest

from pixel.links.models import DomainChanges, LinkChanges, NewLink, Preview
from pixel.workspaces.models import InvalidFieldsError, RecordModel, checked

_WRONG: dict[str, dict[Any, str]] = {
    "destination_url": {
        "javascript:alert(1)": "scheme",
        "http://127.1/": "host_not_public",
        7: "wrong_type",
        "": "invalid",
    },
    "expired_url": {"ftp://example.com/": "scheme"},
    "short_code": {"abc": "invalid", "api/x": "reserved", "a b c d": "invalid", None: "wrong_type"},
    "title": {"": "invalid", "x" * 201: "too_long", "a\x00b": "invalid"},
    "description": {"x" * 1001: "too_long", "a\x1bb": "invalid"},
    "external_id": {"": "invalid", "x" * 256: "too_long"},
    "tags": {"a,b": "wrong_type"},
    "enabled": {"yes": "wrong_type", 1: "wrong_type", None: "wrong_type"},
    "starts_at": {"tomorrow": "invalid", "2026-01-01T00:00:00": "invalid"},
    "clicks_limit": {0: "invalid", 1_000_000_001: "invalid", True: "wrong_type", "5": "wrong_type", 1.5: "wrong_type"},
    "password": {"abc": "invalid", "x" * 129: "invalid", "\ud800xyz": "invalid"},
    "redirect_mode": {"sometimes": "invalid", None: "wrong_type"},
    "redirect_status": {303: "invalid", "302": "invalid", True: "invalid"},
    "query_mode": {"merge": "invalid"},
    "utm_source": {"x" * 256: "too_long", "a\nb": "invalid"},
    "indexable": {"no": "wrong_type"},
    "deep_link_ios": {"javascript://x": "scheme", "page": "invalid"},
    "deep_link_android": {"intent://x#Intent;scheme=file;end": "scheme"},
    "deep_link_fallback_url": {"myapp://x": "scheme"},
    "deep_link_enabled": {"yes": "wrong_type"},
    "consent": {1: "wrong_type"},
    "pixel_ids": {"px_1": "wrong_type"},
}


def _faults(model: type[RecordModel], given: dict[str, Any]) -> list[tuple[str, str]]:
    needed = {"destination_url": "https://example.com"} if model is NewLink else {}
    try:
        checked(model, {**needed, **given})
    except InvalidFieldsError as refusal:
        return [(fault.path, fault.code) for fault in refusal.faults]
    return []


@pytest.mark.parametrize("field", _WRONG)
def test_a_wrong_value_is_refused_with_its_code(field: str) -> None:
    found = {value: _faults(NewLink, {field: value}) for value in _WRONG[field]}

    assert found == {value: [(field, code)] for value, code in _WRONG[field].items()}


def test_all_faults_are_named_at_once() -> None:
    given = {"destination_url": "x", "clicks_limit": 0, "unknown": 1, "preview": {"title": "", "x": 1}}

    assert sorted(_faults(NewLink, given)) == [
        ("clicks_limit", "invalid"),
        ("destination_url", "invalid"),
        ("preview.title", "invalid"),
        ("preview.x", "unknown"),
        ("unknown", "unknown"),
    ]


def test_tags_are_at_most_twenty_names() -> None:
    assert _faults(LinkChanges, {"tags": [f"tag {number}" for number in range(20)]}) == []
    for tags in ([""], ["x" * 51], [1], [f"tag {number}" for number in range(21)]):
        assert _faults(LinkChanges, {"tags": tags}) == [("tags", "invalid")]
    assert checked(LinkChanges, {"tags": ["a", " a ", "b"]}).given() == {"tags": ["a", "b"]}


def test_instants_are_stored_in_utc() -> None:
    assert checked(LinkChanges, {"starts_at": "2026-03-01T01:00:00+01:00"}).given() == {
        "starts_at": "2026-03-01T00:00:00Z"
    }


def test_a_preview_says_something() -> None:
    assert _faults(LinkChanges, {"preview": {}}) == [("preview", "invalid")]
    assert _faults(LinkChanges, {"preview": {"image": "http://example.com/a.png"}}) == [("preview.image", "invalid")]
    preview = {"title": "A", "image": "https://example.com/a.png"}
    assert checked(LinkChanges, {"preview": preview}).given() == {"preview": preview}
    assert checked(Preview, preview).given() == preview


def test_a_code_cannot_be_changed_and_a_change_says_what() -> None:
    assert _faults(LinkChanges, {"short_code": "abcd"}) == [("short_code", "unknown")]
    for model in (LinkChanges, DomainChanges):
        with pytest.raises(InvalidFieldsError):
            checked(model, {}).changed()


def test_pixels_are_at_most_ten_ids() -> None:
    ids = [f"px_{number:020}" for number in range(11)]

    assert checked(LinkChanges, {"pixel_ids": [*ids[:10], ids[0]][1:]}).given() == {"pixel_ids": [*ids[1:10], ids[0]]}
    for given in (ids, ["px_1"], [7]):
        assert _faults(LinkChanges, {"pixel_ids": given}) == [("pixel_ids", "invalid")]


def test_a_domain_has_an_address_for_reports_and_files_of_json() -> None:
    taken = {"report_address": "https://example.com/abuse", "asset_links": "[]"}

    assert checked(DomainChanges, taken).given() == taken
    for address in ("abuse", "http://example.com/", "javascript:alert(1)", "a@b", ""):
        assert _faults(DomainChanges, {"report_address": address}) == [("report_address", "invalid")]
    assert _faults(DomainChanges, {"asset_links": "{"}) == [("asset_links", "invalid")]
    assert _faults(DomainChanges, {"asset_links": f'"{"x" * 16_384}"'}) == [("asset_links", "too_long")]
