"""No test reaches beyond this machine, even by mistake."""

import socket

import pytest
import urllib3


@pytest.mark.parametrize("host", ["203.0.113.1", "dynamodb.eu-central-1.amazonaws.com", "127.example.com", "::2"])
def test_a_request_to_another_machine_fails_the_test(host: str) -> None:
    address = f"[{host}]" if ":" in host else host

    with pytest.raises(AssertionError, match=host):
        urllib3.request("GET", f"http://{address}/", retries=False, timeout=1)


def test_a_name_is_not_looked_up() -> None:
    with pytest.raises(AssertionError, match=r"example\.com"):
        socket.getaddrinfo("example.com", 443)


def test_a_datagram_to_another_machine_fails_the_test() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
        pytest.raises(AssertionError, match=r"203\.0\.113\.1"),
    ):
        sender.sendto(b"", ("203.0.113.1", 53))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_open(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection((host, server.getsockname()[1])):
        pass
