"""What rules ask about a visit: each fact is found out when the first condition asks for it, and absent if unknown.

Texts are folded as the values of conditions are, because both are compared without regard to case.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from pixel.events.enrichment.addresses import referrer_host
from pixel.events.enrichment.bots import Verdict
from pixel.events.enrichment.columns import read_user_agent
from pixel.events.enrichment.continents import continent_of
from pixel.events.enrichment.user_agents import Machine
from pixel.redirects.cookies import read_cookie
from pixel.redirects.visits import Visit

RETURNING_COOKIE: Final = "px_r"
_QUERY_PREFIX: Final = "query."


class Facts:
    """A visit as rules see it."""

    def __init__(self, visit: Visit, verdict: Verdict) -> None:
        self.visit = visit
        self.verdict = verdict

    def texts(self, field: str) -> Sequence[str] | None:
        """Return the texts of a field, of which any may equal a value, or None if the field is absent."""
        text = self._text(field)
        if text is None:
            return None
        if field != "language":
            return (text,)
        parts = text.split("-")
        return ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]

    @cached_property
    def machine(self) -> Machine:
        return read_user_agent(self.visit.header("user-agent"))[1]

    @cached_property
    def address(self) -> IPv4Address | IPv6Address | None:
        """The visitor's address; None if there is none that can be read."""
        try:
            address = ip_address(self.visit.source_ip)
        except ValueError:
            return None
        return getattr(address, "ipv4_mapped", None) or address

    @cached_property
    def basis(self) -> str:
        """What a visitor keeps from visit to visit without a cookie. It is neither stored nor logged."""
        machine = self.machine
        parts = (_network(self.address), machine.device, machine.os, machine.browser, self.visit.language.casefold())
        return "\0".join(parts)

    def _text(self, field: str) -> str | None:
        """Return the text of a field, None if it is absent; a parameter of the query may be there and be empty."""
        if field in _DERIVED:
            return _DERIVED[field](self).casefold() or None
        values = self.visit.query.get(field.removeprefix(_QUERY_PREFIX))
        return values[0].strip().casefold() if values else None


_DERIVED: Final[Mapping[str, Callable[[Facts], str]]] = {
    "country": lambda facts: facts.visit.country,
    "continent": lambda facts: continent_of(facts.visit.country),
    "deviceType": lambda facts: facts.machine.device,
    "os": lambda facts: facts.machine.os,
    "browser": lambda facts: facts.machine.browser,
    "language": lambda facts: facts.visit.language,
    "referrer": lambda facts: referrer_host(facts.visit.header("referer")),
    "visitor": lambda facts: "returning" if read_cookie(facts.visit, RETURNING_COOKIE) == "1" else "new",
    "trigger": lambda facts: "qr" if facts.visit.is_qr else "link",
    "isBot": lambda facts: "true" if facts.verdict.reason else "false",
}


def _network(address: IPv4Address | IPv6Address | None) -> str:
    """Return the /24 of an IPv4 address, the /48 of an IPv6 address."""
    match address:
        case IPv4Address():
            return f"{IPv4Address(int(address) >> 8 << 8)}/24"
        case IPv6Address():
            return f"{IPv6Address(int(address) >> 80 << 80)}/48"
    return ""
