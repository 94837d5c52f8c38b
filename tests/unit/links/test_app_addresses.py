"""Addresses that open apps: what a browser would run or show instead is refused."""

from pydantic_core import PydanticCustomError

from pixel.links.app_addresses import normalized_app_address


def _code(address: object) -> str | None:
    try:
        normalized_app_address(address)
    except PydanticCustomError as refusal:
        return refusal.type
    return None


def test_schemes_of_apps_and_addresses_of_the_web_are_taken() -> None:
    taken = {
        "myapp://page?a=b#c": "myapp://page?a=b#c",
        "MyApp://Page": "myapp://Page",
        "https://Apps.apple.com/app/id1": "https://apps.apple.com/app/id1",
        "intent://page#Intent;scheme=myapp;package=com.example.app;end": (
            "intent://page#Intent;scheme=myapp;package=com.example.app;end"
        ),
    }

    assert {one: normalized_app_address(one) for one in taken} == taken


def test_what_is_no_app_is_refused() -> None:
    harmful = ("javascript", "JavaScript", "data", "vbscript", "file", "blob", "about", "view-source", "http")
    refused = {
        **{f"{scheme}://x/%0Aalert(1)": "scheme" for scheme in harmful},
        **{f"intent://x#Intent;scheme={scheme};end": "scheme" for scheme in ("javascript", "file", "DATA")},
        **dict.fromkeys(
            ("javascript:alert(1)", "data:text/html,x", "myapp:page", "page", "", "//x", "://x"), "invalid"
        ),
        **dict.fromkeys(
            ("intent://x", "intent://x#Intent;scheme=a", "my app://x", "myapp://a b", "myapp://\n"), "invalid"
        ),
        **dict.fromkeys(("myapp://\u00fc", 'myapp://\x00"'), "invalid"),
        "https://127.0.0.1/": "host_not_public",
        "https://u:p@example.com/": "credentials",
        f"myapp://{'x' * 4096}": "too_long",
    }

    assert {one: _code(one) for one in refused} == refused
    assert _code(None) == "wrong_type"
