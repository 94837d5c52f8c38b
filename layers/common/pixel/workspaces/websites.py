"""Websites: each domain belongs to one live website of a workspace; its records are deleted with the website."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from pixel.foundation.currencies import CURRENCY_FORM, currencies
from pixel.foundation.spelling import spelled
from pixel.foundation.time_zones import fault_of_time_zone
from pixel.http.field_checks import invalid
from pixel.workspaces.domains import Domain, Domains
from pixel.workspaces.following import follow_website
from pixel.workspaces.kinds import KINDS_OF_A_WEBSITE
from pixel.workspaces.models import UNCHANGED, Name, RecordModel, text
from pixel.workspaces.pixel_settings import GivenPixelSettings
from pixel.workspaces.rules import Rules, UniqueValue
from pixel.workspaces.website_kind import WEBSITE


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


TimeZone = Annotated[str, BeforeValidator(checked_time_zone)]
Currency = Annotated[str, BeforeValidator(checked_currency)]


class NewWebsite(RecordModel):
    """A website to be created, by default with its domain as its name."""

    domain: Domain
    name: Name = UNCHANGED
    timezone: TimeZone = UNCHANGED
    currency: Currency = UNCHANGED
    aliases: Domains = UNCHANGED
    pixel: GivenPixelSettings = UNCHANGED

    def given(self) -> dict[str, object]:
        return {"name": self.domain, **super().given()}


class WebsiteChanges(RecordModel):
    """Changes to a website."""

    domain: Domain = UNCHANGED
    name: Name = UNCHANGED
    timezone: TimeZone = UNCHANGED
    currency: Currency = UNCHANGED
    aliases: Domains = UNCHANGED
    pixel: GivenPixelSettings = UNCHANGED


def _to_attributes(values: dict[str, object]) -> dict[str, object]:
    """Store those settings of the browser pixel that are given; the others keep following their defaults."""
    settings = values.get("pixel")
    if isinstance(settings, GivenPixelSettings):
        values["pixel"] = settings.model_dump(exclude_unset=True)
    return values


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
    to_attributes=_to_attributes,
    unique=_unique,
    live_id="owned_website_id",  # the key of the index for finding the workspace of a website
    follow=follow_website,
    children=KINDS_OF_A_WEBSITE,
)
