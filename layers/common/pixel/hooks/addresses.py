"""Which addresses may be called: a name of the public internet by HTTPS, and nothing within a network of anybody's.

Anybody with a key chooses where this API sends requests to, so an address is checked when it is saved and before each
attempt. All addresses of its name must be public, and the connection goes to one of those that were checked: the name
is not looked up again, so it cannot lead anywhere else in between.
"""

import re
import socket
import threading
from collections.abc import Sequence
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from queue import Empty, SimpleQueue
from typing import Final, NamedTuple

from pixel.foundation.errors import LoggableError

URL_CHARACTERS_MAX: Final = 2_000
SLACK_HOST: Final = "hooks.slack.com"
_PORTS = (443, 8443)
_LOOK_UP_SECONDS = 5.0

# One label and a dot at least, and a last label that begins with a letter: so no address in decimal, octal or hex.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?", re.ASCII)
_ANY_HOST = re.compile(r"[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\]", re.ASCII)
_URL = re.compile(r"(?P<scheme>[a-z]+)://(?P<authority>[^/?]*)(?P<target>(?:/[!-~]*)?(?:\?[!-~]*)?)", re.ASCII)
_PRIVATE_ENDINGS = (".localhost", ".local", ".localdomain", ".internal", ".intranet", ".lan", ".home", ".corp", ".arpa")

_GLOBAL_UNICAST = ip_network("2000::/3")
# Public by Python's `is_global`, although they lead to an IPv4 address within, or to whoever is nearest.
_REFUSED_NETWORKS = (
    ip_network("192.88.99.0/24"),  # relays of 6to4
    ip_network("2002::/16"),  # 6to4
    ip_network("64:ff9b::/96"),  # NAT64
    ip_network("64:ff9b:1::/48"),  # NAT64 within a network
    ip_network("2001::/32"),  # Teredo
)


class Reason(StrEnum):
    """Why an address must not be called."""

    UNREADABLE = "unreadable"
    SCHEME = "scheme"
    USER = "user"
    FRAGMENT = "fragment"
    HOST = "host"
    PORT = "port"
    UNKNOWN_HOST = "unknown_host"
    PRIVATE_ADDRESS = "private_address"


class AddressRefusedError(LoggableError):
    """An address must not be called. The text says why, and nothing of the address."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(f"the address is refused: {reason}")


class Place(NamedTuple):
    """Where a request goes: an address as it is written, in its parts."""

    scheme: str
    host: str
    port: int
    target: str  # path and query

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.host_header}"

    @property
    def host_header(self) -> str:
        """Return the host, with the port unless it is that of the scheme."""
        usual = self.port == (443 if self.scheme == "https" else 80)
        return self.host if usual else f"{self.host}:{self.port}"


def read_url(url: str, *, private_allowed: bool = False) -> Place:
    """Return the parts of an address. Raises AddressRefusedError if its text alone forbids to call it.

    `private_allowed` is for the embedded stack, whose receivers have no name and no certificate.
    """
    if len(url) > URL_CHARACTERS_MAX or not (found := _URL.fullmatch(url[:8].lower() + url[8:])):
        raise AddressRefusedError(Reason.UNREADABLE)
    scheme, authority, target = found["scheme"], found["authority"], found["target"]
    if "#" in url:
        raise AddressRefusedError(Reason.FRAGMENT)
    if scheme != "https" and not (private_allowed and scheme == "http"):
        raise AddressRefusedError(Reason.SCHEME)
    if "@" in authority:
        raise AddressRefusedError(Reason.USER)
    host, port = _host_and_port(authority.lower(), scheme)
    if not private_allowed:
        if not _NAME.fullmatch(host) or host.endswith(_PRIVATE_ENDINGS):
            raise AddressRefusedError(Reason.HOST)
        if port not in _PORTS:
            raise AddressRefusedError(Reason.PORT)
    elif not _ANY_HOST.fullmatch(host):
        raise AddressRefusedError(Reason.HOST)
    return Place(scheme, host, port, target if target.startswith("/") else f"/{target}")


def read_slack_url(url: str, *, private_allowed: bool = False) -> Place:
    """Return the parts of the address of an incoming webhook of Slack, which has one host."""
    place = read_url(url, private_allowed=private_allowed)
    if not private_allowed and (place.host, place.port) != (SLACK_HOST, 443):
        raise AddressRefusedError(Reason.HOST)
    return place


def find_addresses(place: Place, *, private_allowed: bool = False) -> Sequence[str]:
    """Return the IP addresses of a host, each of which may be called. Raises AddressRefusedError if one may not be."""
    addresses = _looked_up(place)
    if not addresses:
        raise AddressRefusedError(Reason.UNKNOWN_HOST)
    if not private_allowed and not all(map(is_public, addresses)):
        raise AddressRefusedError(Reason.PRIVATE_ADDRESS)
    return addresses


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to one host of the public internet."""
    try:
        ip = ip_address(address)
    except (AddressValueError, ValueError):
        return False
    if not ip.is_global or ip.is_multicast or any(_within(ip, network) for network in _REFUSED_NETWORKS):
        return False
    # Also refuses each form of an IPv4 address in an IPv6 address, such as ::ffff:10.0.0.1 and ::10.0.0.1.
    return isinstance(ip, IPv4Address) or (ip in _GLOBAL_UNICAST and ip.scope_id is None)


def _within(ip: IPv4Address | IPv6Address, network: IPv4Network | IPv6Network) -> bool:
    if isinstance(network, IPv6Network):
        return isinstance(ip, IPv6Address) and ip in network
    return isinstance(ip, IPv4Address) and ip in network


def _host_and_port(authority: str, scheme: str) -> tuple[str, int]:
    host, colon, port = authority.rpartition(":")
    if not colon or port.endswith("]"):
        return authority, 443 if scheme == "https" else 80
    if not (port.isascii() and port.isdecimal() and len(port) <= 5 and 0 < int(port) < 65_536):
        raise AddressRefusedError(Reason.PORT)
    return host, int(port)


def _looked_up(place: Place) -> Sequence[str]:
    """Return the addresses of a host: none if there is no answer in time, for the resolver would wait much longer."""
    answers: SimpleQueue[list[str]] = SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(place.host.strip("[]"), place.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            answers.put([])
        else:
            answers.put(list(dict.fromkeys(str(address[0]) for *_, address in found)))

    threading.Thread(target=look_up, daemon=True).start()
    try:
        return answers.get(timeout=_LOOK_UP_SECONDS)
    except Empty:
        return []
