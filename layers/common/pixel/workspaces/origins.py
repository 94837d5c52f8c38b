"""The origins of publishable keys: hosts whose pages may use one."""

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator

from pixel.http.field_checks import invalid, wrong_type
from pixel.workspaces.domains import checked_domain
from pixel.workspaces.models import text

ORIGINS_MAX: Final = 20
_SCHEME: Final = re.compile(r"https?://")
_LOOPBACK: Final = "127.0.0.1"
_ANY: Final = "*."


def checked_origin(value: Any) -> str:
    """Return the host of an origin, which may stand for all hosts below a domain as *.example.com."""
    host = _SCHEME.sub("", text(value).strip()).removesuffix("/")
    if host == _LOOPBACK:
        return host
    if host.startswith(_ANY):
        return _ANY + checked_domain(host.removeprefix(_ANY))
    return checked_domain(host)


def _origins(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise wrong_type("must be a list of hosts, or null for the domain and the aliases of the website.")
    if not 1 <= len(value) <= ORIGINS_MAX:
        raise invalid(f"must name 1 to {ORIGINS_MAX} hosts; null stands for the domain and the aliases of the website.")
    return tuple(dict.fromkeys(map(checked_origin, value)))


Origins = Annotated[tuple[str, ...], BeforeValidator(_origins)]
