"""Domain names, as fields of records."""

import re
from typing import Annotated, Any, Final

import idna
from pydantic import BeforeValidator, Field

from pixel.http.field_checks import invalid, wrong_type
from pixel.workspaces.models import DOMAIN_CHARACTERS_MAX, text

DOMAINS_MAX: Final = 20
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def checked_domain(value: Any) -> str:
    """Return the validated domain in lower case, with its international labels encoded as xn--..."""
    domain = text(value).strip().removesuffix(".")
    if "://" in domain or set("/?#@:") & set(domain):
        raise invalid("must be the domain alone, such as shop.example.com, without scheme, port, user or path.")
    if not domain.isascii():
        domain = _punycode(domain)
    domain = domain.lower()
    labels = domain.split(".")
    if len(domain) > DOMAIN_CHARACTERS_MAX or not all(map(_LABEL.fullmatch, labels)):
        raise invalid(
            "must consist of letters, digits, - and dots, with at most 63 characters between dots and "
            f"{DOMAIN_CHARACTERS_MAX} in all, such as shop.example.com."
        )
    if domain != "localhost" and (len(labels) == 1 or labels[-1].isdecimal()):
        raise invalid(
            "must be a domain name with at least one dot, such as example.com, or localhost, but no IP address."
        )
    return domain


def _punycode(domain: str) -> str:
    """Encode a name as browsers do: UTS 46, non-transitional."""
    try:
        return idna.encode(domain, uts46=True).decode().removesuffix(".")
    except UnicodeError:
        raise invalid(
            "must be a name that can be encoded for DNS; check it, or use its encoded form (xn--...)."
        ) from None


def _domains(value: Any) -> list[str]:
    if not isinstance(value, list | tuple):
        raise wrong_type("must be an array.")
    if len(value) > DOMAINS_MAX:
        raise invalid(f"must have at most {DOMAINS_MAX} domains.")
    return list(dict.fromkeys(map(checked_domain, value)))


Domain = Annotated[str, BeforeValidator(checked_domain), Field(max_length=DOMAIN_CHARACTERS_MAX)]
Domains = Annotated[list[str], BeforeValidator(_domains), Field(max_length=DOMAINS_MAX)]
