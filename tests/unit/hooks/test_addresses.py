"""No address of a destination leads into a network of anybody's, whatever it is written like and looked up as."""

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixel.hooks import addresses
from pixel.hooks.addresses import (
    AddressRefusedError,
    Place,
    Reason,
    find_addresses,
    is_public,
    read_slack_url,
    read_url,
)
from tests.unit.hooks.conftest import Names

_PUBLIC, _PUBLIC_V6 = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"


def _refusal(url: str) -> Reason:
    with pytest.raises(AddressRefusedError) as caught:
        read_url(url)
    return caught.value.reason


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://example.com", Place("https", "example.com", 443, "/")),
        ("HTTPS://Hooks.Example.COM:8443/a/B?c=D", Place("https", "hooks.example.com", 8443, "/a/B?c=D")),
        ("https://example.com:443?x", Place("https", "example.com", 443, "/?x")),
        ("https://xn--bcher-kva.example/ü"[:-1], Place("https", "xn--bcher-kva.example", 443, "/")),
    ],
)
def test_an_address_is_read_in_its_parts(url: str, place: Place) -> None:
    assert read_url(url) == place


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.com/", Reason.SCHEME),
        ("ftp://example.com/", Reason.SCHEME),
        ("gopher://example.com/", Reason.SCHEME),
        ("file:///etc/passwd", Reason.SCHEME),
        ("https:/example.com/", Reason.UNREADABLE),
        ("https:example.com", Reason.UNREADABLE),
        ("//example.com/", Reason.UNREADABLE),
        ("", Reason.UNREADABLE),
        ("https://", Reason.HOST),
        ("https:///example.com", Reason.HOST),
        ("https://user@example.com/", Reason.USER),
        ("https://user:@example.com/", Reason.USER),
        ("https://example.com@127.0.0.1/", Reason.USER),
        ("https://127.0.0.1#@example.com/", Reason.FRAGMENT),
        ("https://example.com/#a", Reason.FRAGMENT),
        ("https://127.0.0.1\\@example.com/", Reason.USER),
        ("https://127.0.0.1\\.example.com/", Reason.HOST),
        ("https://example.com:80/", Reason.PORT),
        ("https://example.com:22/", Reason.PORT),
        ("https://example.com:0/", Reason.PORT),
        ("https://example.com:/", Reason.PORT),
        ("https://example.com:443443/", Reason.PORT),
        ("https://example.com:+443/", Reason.PORT),
        ("https://example.com:\u0664\u0664\u0663/", Reason.PORT),
        ("https://127.0.0.1/", Reason.HOST),
        ("https://93.184.215.14/", Reason.HOST),
        ("https://[::1]/", Reason.HOST),
        ("https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/", Reason.HOST),
        ("https://[::ffff:127.0.0.1]:443/", Reason.HOST),
        ("https://2130706433/", Reason.HOST),
        ("https://0x7f000001/", Reason.HOST),
        ("https://0x7f.0.0.1/", Reason.HOST),
        ("https://0x7f.0.0.0x1/", Reason.HOST),
        ("https://0177.0.0.1/", Reason.HOST),
        ("https://127.1/", Reason.HOST),
        ("https://127.0.0.1./", Reason.HOST),
        ("https://\uff11\uff12\uff17.0.0.1/", Reason.HOST),
        ("https://127\u30020\u30020\u30021/", Reason.HOST),
        ("https://\u24d4xample.com/", Reason.HOST),
        ("https://example.com./", Reason.HOST),
        ("https://.example.com/", Reason.HOST),
        ("https://example..com/", Reason.HOST),
        ("https://exa%6dple.com/", Reason.HOST),
        ("https://exa mple.com/", Reason.HOST),
        ("https://example.com\t/", Reason.HOST),
        ("https://example.com\n/", Reason.HOST),
        ("https://example.com/\r\nX-Evil: 1", Reason.UNREADABLE),
        ("https://example.com/a b", Reason.UNREADABLE),
        ("https://example.com/\x00", Reason.UNREADABLE),
        ("https://example.com/" + "a" * 2_000, Reason.UNREADABLE),
        ("https://localhost/", Reason.HOST),
        ("https://localhost./", Reason.HOST),
        ("https://LOCALHOST:8443/", Reason.HOST),
        ("https://a.localhost/", Reason.HOST),
        ("https://printer.local/", Reason.HOST),
        ("https://metadata.google.internal/", Reason.HOST),
        ("https://1.0.0.127.in-addr.arpa/", Reason.HOST),
        ("https://intranet/", Reason.HOST),
        (f"https://{'a' * 64}.com/", Reason.HOST),
    ],
)
def test_what_is_no_name_of_the_public_internet_is_refused(url: str, reason: Reason) -> None:
    assert _refusal(url) is reason


@given(st.integers(0, 2**32 - 1), st.sampled_from(["{}", "0x{:x}", "0{:o}", "{}.", "0x{:X}."]))
def test_no_number_is_a_host(number: int, form: str) -> None:
    assert _refusal(f"https://{form.format(number)}/") is Reason.HOST


@given(
    st.tuples(*[st.tuples(st.integers(0, 255), st.sampled_from(["{}", "0x{:x}", "0{:o}"]))] * 4),
    st.integers(1, 4),
)
def test_no_address_in_parts_is_a_host_whatever_the_base_of_each(
    parts: tuple[tuple[int, str], ...], number: int
) -> None:
    written = ".".join(form.format(part) for part, form in parts[:number])
    assert _refusal(f"https://{written}/") is Reason.HOST


@pytest.mark.parametrize("url", ["https://hooks.slack.com.evil.example/services/T/B/x", "https://example.com/"])
def test_slack_has_one_host(url: str) -> None:
    with pytest.raises(AddressRefusedError) as caught:
        read_slack_url(url)
    assert caught.value.reason is Reason.HOST
    assert read_slack_url("https://hooks.slack.com/services/T/B/x").target == "/services/T/B/x"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8787/_local/hook/a", "http://localhost:1/", "https://[::1]:9/"])
def test_the_embedded_stack_may_call_receivers_on_its_machine(url: str) -> None:
    read_url(url, private_allowed=True)
    _refusal(url)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://a@127.0.0.1/", "http://a b/", "http://a_b/"])
def test_even_the_embedded_stack_refuses_what_is_no_address(url: str) -> None:
    with pytest.raises(AddressRefusedError):
        read_url(url, private_allowed=True)


@pytest.mark.parametrize("address", [_PUBLIC, _PUBLIC_V6, "1.1.1.1", "2620:fe::fe"])
def test_an_address_of_the_public_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1"),
        *("192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
        *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::127.0.0.1", "::169.254.169.254", "::ffff:127.0.0.1", "::ffff:93.184.215.14"),
        *("::ffff:0:127.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b::93.184.215.14", "64:ff9b:1::a00:1"),
        *("100::1", "2001::1", "2001:0:7f00:1::1", "2001:db8::1", "2002:7f00:1::", "2002:5db8:d70e::1"),
        *("fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "4000::1"),
        *("2606:2800:21f:cb07:6820:80da:af6b:8b2c%eth0", "", "example.com", "0x7f.1", "2130706433"),
    ],
)
def test_what_is_within_a_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "found",
    [
        ["127.0.0.1"],
        [_PUBLIC, "10.0.0.1"],
        ["10.0.0.1", _PUBLIC],
        [_PUBLIC, _PUBLIC_V6, "::1"],
        [_PUBLIC, "64:ff9b::a9fe:a9fe"],
        ["169.254.169.254"],
    ],
)
def test_one_address_within_a_network_refuses_the_name(names: Names, found: list[str]) -> None:
    names.lead("example.com", found)

    with pytest.raises(AddressRefusedError) as caught:
        find_addresses(read_url("https://example.com/"))

    assert caught.value.reason is Reason.PRIVATE_ADDRESS


def test_a_name_whose_addresses_are_all_public_has_them(names: Names) -> None:
    names.lead("example.com", [_PUBLIC_V6, _PUBLIC, _PUBLIC])
    assert find_addresses(read_url("https://example.com/")) == [_PUBLIC_V6, _PUBLIC]


def test_a_name_without_addresses_is_refused(names: Names) -> None:
    with pytest.raises(AddressRefusedError) as caught:
        find_addresses(read_url("https://nobody.example/"))
    assert caught.value.reason is Reason.UNKNOWN_HOST
    assert names.looked_up == ["nobody.example"]


def test_a_resolver_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(addresses, "_LOOK_UP_SECONDS", 0.05)

    def wait(*_args: Any, **_options: Any) -> list[Any]:
        released.wait(5)
        return []

    monkeypatch.setattr("socket.getaddrinfo", wait)
    with pytest.raises(AddressRefusedError) as caught:
        find_addresses(read_url("https://slow.example/"))
    released.set()
    assert caught.value.reason is Reason.UNKNOWN_HOST
