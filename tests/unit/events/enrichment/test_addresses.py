"""Hosts and paths as they are counted: one website, one page, whatever way its address is written."""

import pytest

from pixel.events.enrichment.addresses import (
    Address,
    decoded,
    first_values,
    is_same_site,
    read_address,
    read_path,
    referrer_host,
)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com", Address("example.com", "/")),
        ("https://example.com/", Address("example.com", "/")),
        ("https://Example.COM/Pricing/", Address("example.com", "/Pricing/")),
        ("https://www.example.com/a", Address("www.example.com", "/a")),
        ("https://example.com:8443/a", Address("example.com", "/a")),
        ("https://example.com:/a", Address("example.com", "/a")),
        ("https://example.com./a", Address("example.com", "/a")),
        ("https://user:secret@example.com/a", Address("example.com", "/a")),
        ("//example.com/a", Address("example.com", "/a")),
        ("HTTPS://example.com/a", Address("example.com", "/a")),
        ("  https://example.com/a  ", Address("example.com", "/a")),
        ("https://example.com/a?b=1&c=2#d", Address("example.com", "/a", "b=1&c=2")),
        ("https://example.com/a#d?b=1", Address("example.com", "/a")),
        ("https://example.com?b=1", Address("example.com", "/", "b=1")),
        ("https://example.com#d", Address("example.com", "/")),
        ("https://example.com/a%20b/%C3%A9/é", Address("example.com", "/a%20b/%C3%A9/é")),
        ("https://example.com//a/../b", Address("example.com", "//a/../b")),
        ("http://localhost:3000/a", Address("localhost", "/a")),
        ("http://127.0.0.1/a", Address("127.0.0.1", "/a")),
        ("http://[::1]:8080/a", Address("[::1]", "/a")),
        ("https://my_shop.example.com/", Address("my_shop.example.com", "/")),
        ("https://münchen.example/", Address("xn--mnchen-3ya.example", "/")),
        ("https://MÜNCHEN.example/", Address("xn--mnchen-3ya.example", "/")),
        ("https://xn--mnchen-3ya.example/", Address("xn--mnchen-3ya.example", "/")),
        ("https://日本.example/", Address("xn--wgv71a.example", "/")),
        ("app://com.example.shop/home", Address("com.example.shop", "/home")),
        ("/pricing?plan=pro", Address("", "/pricing", "plan=pro")),
        ("", Address()),
        ("example.com/pricing", Address()),
        ("about:blank", Address()),
        ("mailto:a@example.com", Address()),
        ("https://", Address("", "/")),
        ("https:///a", Address("", "/a")),
        ("file:///C:/a.html", Address("", "/C:/a.html")),
        ("https://exa mple.com/a", Address("", "/a")),
        ("https://example.com\\@evil.example/a", Address("example.com", "\\@evil.example/a")),
        (f"https://{'a' * 254}/a", Address("", "/a")),
        (f"https://{'.'.join('é' * 100)}/a", Address("", "/a")),
        (f"https://{'é' * 64}.example/a", Address("", "/a")),
        ("https://a..example/a", Address("", "/a")),
        ("https://.example/a", Address("", "/a")),
        ("https://[::1/a", Address("", "/a")),
        ("https://\ud800.example/a", Address("", "/a")),
    ],
)
def test_an_address_has_host_path_and_query(url: str, expected: Address) -> None:
    assert read_address(url) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/pricing", Address("", "/pricing")),
        ("pricing", Address("", "/pricing")),
        ("pricing/", Address("", "/pricing/")),
        (" /pricing ", Address("", "/pricing")),
        ("/pricing?plan=pro#top", Address("", "/pricing", "plan=pro")),
        ("/pricing#top?plan=pro", Address("", "/pricing")),
        ("?plan=pro", Address("", "/", "plan=pro")),
        ("#top", Address("", "/")),
        ("//a", Address("", "//a")),
        ("https://example.com/pricing?plan=pro", Address("example.com", "/pricing", "plan=pro")),
        ("/https://example.com/pricing", Address("", "/https://example.com/pricing")),
        ("/login?next=https://example.com/", Address("", "/login", "next=https://example.com/")),
    ],
)
def test_a_path_begins_with_a_slash_and_ends_before_its_query(path: str, expected: Address) -> None:
    assert read_path(path) == expected


@pytest.mark.parametrize(
    ("referrer", "expected"),
    [
        ("https://www.Google.com/search?q=a", "www.google.com"),
        ("https://www.google.com", "www.google.com"),
        ("android-app://com.google.android.gm/", "com.google.android.gm"),
        ("android-app://com.slack", "com.slack"),
        ("ios-app://544007664/vnd.youtube/a", "544007664"),
        ("www.google.com", "www.google.com"),
        ("google.com/search?q=a", "google.com"),
        ("google.com:443", "google.com"),
        ("$direct", ""),
        ("newsletter", ""),
        ("/pricing", ""),
        ("a sentence. With a point", ""),
        ("about:blank", ""),
        ("mailto:a@example.com", ""),
        ("javascript:alert(1.5)", ""),
        ("data:text/html,a.b", ""),
        ("", ""),
    ],
)
def test_a_referrer_has_the_host_it_names(referrer: str, expected: str) -> None:
    assert referrer_host(referrer) == expected


def test_only_www_makes_no_other_site() -> None:
    assert is_same_site("www.example.com", "example.com")
    assert is_same_site("example.com", "www.example.com")
    assert not is_same_site("blog.example.com", "example.com")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {}),
        ("a=1&b=2", {"a": "1", "b": "2"}),
        ("UTM_Source=News", {"utm_source": "News"}),
        ("a=&a=2&a=3", {"a": "2"}),
        ("a&=1&&b==", {"": "1", "b": "="}),
    ],
)
def test_of_each_parameter_the_first_value_counts(query: str, expected: dict[str, str]) -> None:
    assert first_values(query) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("spring", "spring"),
        ("spring%20sale", "spring sale"),
        ("spring+sale", "spring sale"),
        ("%C3%A9t%C3%A9", "été"),
        ("a%00b%0Ac", "abc"),
        ("%20a%20", "a"),
        ("100%", "100%"),
        ("%zz", "%zz"),
        ("%ff", "\ufffd"),
    ],
)
def test_a_value_is_read_as_people_read_it(value: str, expected: str) -> None:
    assert decoded(value) == expected
