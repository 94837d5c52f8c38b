"""Websites: each domain belongs to one live website of a workspace; its records are deleted with the website."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import idna
from pydantic import BeforeValidator, Field

from pixel.foundation.currencies import CURRENCY_FORM, currencies
from pixel.foundation.spelling import spelled
from pixel.foundation.time_zones import fault_of_time_zone
from pixel.http.field_checks import invalid
from pixel.workspaces.following import follow_website
from pixel.workspaces.kinds import KINDS_OF_A_WEBSITE, WEBSITE
from pixel.workspaces.models import DOMAIN_CHARACTERS_MAX, UNCHANGED, Name, RecordModel, text
from pixel.workspaces.rules import Rules, UniqueValue

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


def checked_time_zone(value: Any) -> str:
    """Return the name of a time zone."""
    name = text(value).strip()
    if fault := fault_of_time_zone(name):
        raise invalid(fault)
    return name


def checked_currency(value: Any) -> str:
    """Return the code of a currency in capitals."""
    code = spelled(text(value), currencies())
    if code is None:
        raise invalid(CURRENCY_FORM)
    return code


Domain = Annotated[str, BeforeValidator(checked_domain), Field(max_length=DOMAIN_CHARACTERS_MAX)]
TimeZone = Annotated[str, BeforeValidator(checked_time_zone)]
Currency = Annotated[str, BeforeValidator(checked_currency)]


class NewWebsite(RecordModel):
    """A website to be created, by default with its domain as its name."""

    domain: Domain
    name: Name = UNCHANGED
    timezone: TimeZone = UNCHANGED
    currency: Currency = UNCHANGED

    def given(self) -> dict[str, object]:
        return {"name": self.domain, **super().given()}


class WebsiteChanges(RecordModel):
    """Changes to a website."""

    domain: Domain = UNCHANGED
    name: Name = UNCHANGED
    timezone: TimeZone = UNCHANGED
    currency: Currency = UNCHANGED


def _unique(website: Mapping[str, Any]) -> list[UniqueValue]:
    domain = website["domain"]

    def taken(website_id: str) -> str:
        return (
            f"{domain} is already registered in this workspace as {website_id}; "
            "change or delete that website, or choose another domain."
        )

    return [UniqueValue(f"DOMAIN#{domain}", taken)]


WEBSITES = Rules(
    WEBSITE,
    NewWebsite,
    WebsiteChanges,
    unique=_unique,
    live_id="owned_website_id",  # the key of the index for finding the workspace of a website
    follow=follow_website,
    children=KINDS_OF_A_WEBSITE,
)
