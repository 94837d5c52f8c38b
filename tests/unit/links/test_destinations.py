"""Destinations are read as browsers read them: what would lead elsewhere, or nowhere, is refused."""

from itertools import product

import pytest
from pydantic_core import PydanticCustomError

from pixel.links.destinations import CHARACTERS_MAX, leads_to, normalized_destination

_TAKEN = {
    "https://example.com": "https://example.com/",
    "HTTP://EXAMPLE.com:80/A?b=c#d": "http://example.com/A?b=c#d",
    "https://example.com:8443/x": "https://example.com:8443/x",
    r"https:\\example.com\a": "https://example.com/a",
    "https://münchen.example/": "https://xn--mnchen-3ya.example/",
    "https://пример.example/": "https://xn--e1afmkfd.example/",
    "https://日本語.example/かな": "https://xn--wgv71a119e.example/%E3%81%8B%E3%81%AA",
    "https://example.com/a b?q=ü&x=%20+": "https://example.com/a%20b?q=%C3%BC&x=%20+",
    "https://a_b.example.com/": "https://a_b.example.com/",
    "  https://example.com/ ": "https://example.com/",
    "https://example.com./": "https://example.com./",
}
_SCHEMES = (
    *("javascript", "JaVaScRiPt", "data", "vbscript", "file", "ftp", "blob", "about", "view-source", "ws", "wss"),
    *("mailto", "tel", "sms", "intent", "chrome", "ms-settings", "jar", "gopher", "x-apple", "market", "steam"),
)
_AFTER_A_SCHEME = (
    "alert(1)",
    "//example.com",
    "//example.com/%0Aalert(1)",
    "text/html,<script>alert(1)</script>",
    "/x",
)
_PRIVATE_HOSTS = (
    *(
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "intranet",
        "router.local",
        "db.internal",
        "a.b.internal.",
    ),
    *(
        "1.0.0.127.in-addr.arpa",
        "home.arpa",
        "metadata.google.internal",
        "LocalHost",
        "\uff4cocalhost",
        "ｌｏｃａｌｈｏｓｔ",
    ),
    *(
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "0177.0.0.1",
        "0",
        "0.0.0.0",
    ),
    *("10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0xa9fea9fe", "2852039166", "8.8.8.8", "1.1.1.1"),
    *("１２７.0.0.1", "127。0。0。1", "①②⑦.0.0.1", "127%2e0%2e0%2e1", "%31%32%37.0.0.1", "0x7F.0X0.0.1", "127.0.0.1."),
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[fd00::1]", "[2001:db8::1]", "[0:0:0:0:0:0:0:1]", "[64:ff9b::7f00:1]"),
    *("com", "example", "x", "host.local.", "LOCAL", ".local", "printer.LOCAL", "169.254.43518", "0251.0376.0251.0376"),
)
_WRITINGS = (
    "http://{}/",
    "https://{}",
    "https://{}:8080/a",
    "http:{}/",
    r"https:\\{}",
    "https:///{}/",
    "https://{}?a",
    "https://{}#a",
)
_LOOKALIKES = ("exаmple.com", "gооgle.com", "pаypal.com", "www.аpple.com", "micrоsoft.com", "xn--exmple-4nf.com")
_UNREADABLE = (
    *("", " ", "example.com", "//example.com/", "/path", "?q", "#a", "https://", "https:", "http", "://x.com"),
    *(
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://exa<mple.com/",
        "https://a..%00/",
        "https://[::1/",
    ),
    *(
        "https://exam\tple.com/",
        "https://example.com/\r\nSet-Cookie: a=b",
        "java\nscript:alert(1)",
        "\x00https://x.com/",
    ),
    *("https://example.com/\u2028", "https://example.com/\x85", "https://example.com:port/", "https://%/", "\ud800"),
    *("https://exa%mple.com/", "https://a^b.com/", "https://a|b.com/"),
)
_USERS = ("user@", "user:pass@", ":pass@", "www.bank.com@", "www.bank.com%2F@", "a:b:c@", "https%3A%2F%2Fbank.com@")
_AFTER_A_USER = ("example.com", "example.com/a", "example.com:8443", "evil.example?x", r"evil.example\a")


def _refusal(address: object) -> tuple[str, str] | None:
    try:
        normalized_destination(address)
    except PydanticCustomError as refusal:
        return refusal.type, refusal.message()
    return None


def _code(address: object) -> str | None:
    refusal = _refusal(address)
    return None if refusal is None else refusal[0]


_HOSTILE = {
    **{f"{scheme}:{rest}": "scheme" for scheme, rest in product(_SCHEMES, _AFTER_A_SCHEME)},
    **{form.format(host): "host_not_public" for host, form in product(_PRIVATE_HOSTS, _WRITINGS)},
    **{f"https://{user}{rest}": "credentials" for user, rest in product(_USERS, _AFTER_A_USER)},
    **{
        f"{scheme}://{host}{path}": "lookalike"
        for scheme, host, path in product(("http", "https"), _LOOKALIKES, ("", "/x"))
    },
    **dict.fromkeys(_UNREADABLE, "invalid"),
}


def test_there_are_hundreds_of_hostile_addresses() -> None:
    assert len(_HOSTILE) >= 500


def test_a_hostile_address_is_refused() -> None:
    assert [address for address in _HOSTILE if _code(address) is None] == []


def test_a_refusal_says_what_is_wrong() -> None:
    """A host that cannot be read at all is invalid, whatever it was to be."""
    wrong = {address: _code(address) for address, code in _HOSTILE.items() if _code(address) not in {code, "invalid"}}

    assert wrong == {}
    assert sum(_code(address) == code for address, code in _HOSTILE.items()) >= 0.9 * len(_HOSTILE)


@pytest.mark.parametrize(("address", "stored"), _TAKEN.items())
def test_an_address_is_stored_as_browsers_write_it(address: str, stored: str) -> None:
    assert normalized_destination(address) == stored
    assert normalized_destination(stored) == stored
    assert stored.isascii()


def test_an_address_is_as_long_as_a_header_may_be() -> None:
    beginning = "https://example.com/"

    assert _code(beginning + "x" * (CHARACTERS_MAX - len(beginning))) is None
    assert _code(beginning + "x" * (CHARACTERS_MAX - len(beginning) + 1)) == "too_long"
    assert _code(beginning + "ü" * 1000) == "too_long"  # each takes six characters


def test_a_refusal_never_repeats_the_address() -> None:
    assert len({_refusal(address) for address in _HOSTILE}) == 5


@pytest.mark.parametrize("value", [None, 1, True, ["https://example.com"], {}])
def test_what_is_no_text_is_no_address(value: object) -> None:
    assert _code(value) == "wrong_type"


def test_a_domain_of_short_links_is_recognized_however_it_is_written() -> None:
    written = ("https://go.example.com/x", "http://GO.example.com:8080", "https://go%2Eexample.com./a")

    assert all(leads_to(normalized_destination(one), {"go.example.com"}) for one in written)
    assert not leads_to("https://example.com/go.example.com", {"go.example.com"})
