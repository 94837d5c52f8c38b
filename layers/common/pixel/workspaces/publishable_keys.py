"""Publishable keys: their model, and which of their fields a record keeps.

Such a key stands in the pages of one website and opens only the routes that browsers send events to.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, Strict, ValidationInfo

from pixel.auth import keys
from pixel.auth.caller import Scope
from pixel.auth.keys import KeyRecord
from pixel.faces.face import Limits
from pixel.http.field_checks import invalid, wrong_type
from pixel.workspaces.key_models import KeyLimits
from pixel.workspaces.models import Days, Expiry, Name, RecordModel, WebsiteId
from pixel.workspaces.origins import Origins

PROXIES_MAX: Final = 5
LIMITS: Final = ("collect", "address")
"""The limits that a publishable key may have of its own: events of its website, and of one address."""
SCOPES_NEEDED: Final = (str(Scope.WRITE),)
"""What a key must have that makes a publishable one."""


def _proxies(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type("must be a whole number.")
    if not 1 <= value <= PROXIES_MAX:
        raise invalid(f"must be a number of proxies from 1 to {PROXIES_MAX}.")
    return value


def _own_limits(limits: Limits | None, _info: ValidationInfo) -> Limits | None:
    if set(limits or ()) - set(LIMITS):
        raise invalid(f"must name only {' and '.join(LIMITS)} for a publishable key.")
    return limits


Proxies = Annotated[int, BeforeValidator(_proxies), Field(ge=1, le=PROXIES_MAX)]


class RequestedPublishableKey(RecordModel):
    """A publishable key that is created by another key, from which it has its expiry and `test` unless they are given.

    With `proxy_secret` a secret is made for the website's own proxy, and shown once.
    """

    kind: Literal["publishable"]
    name: Name
    website_id: WebsiteId
    origins: Origins | None = None
    payments: Annotated[bool, Strict()] = False
    proxy_secret: Annotated[bool, Strict()] = False
    proxies: Proxies = 1
    expires_at: Expiry | None = None
    expires_in_days: Days | None = None
    test: Annotated[bool, Strict()] = False

    @property
    def website_ids(self) -> tuple[str, ...]:
        return (self.website_id,)


class NewPublishableKey(RequestedPublishableKey):
    """A publishable key to be created by the operator, who may give it limits of its own."""

    limits: Annotated[KeyLimits | None, AfterValidator(_own_limits)] = None


def fields_of(new: RequestedPublishableKey, raw: str, proxy_secret: str | None) -> Mapping[str, Any]:
    """Return the fields of a record that only publishable keys have."""
    return {
        "kind": keys.PUBLISHABLE,
        "public_key": raw,
        "origins": new.origins,
        "payments": new.payments,
        "proxy_hash": None if proxy_secret is None else keys.digest(proxy_secret),
        "proxies": new.proxies,
    }


def fields_kept(old: KeyRecord, raw: str) -> Mapping[str, Any]:
    """Return these fields of the key that replaces another one. The secret of a proxy stays valid."""
    if not old.is_publishable:
        return {}
    names = ("kind", "origins", "payments", "proxy_hash", "proxies")
    return {"public_key": raw, **{name: getattr(old, name) for name in names}}
