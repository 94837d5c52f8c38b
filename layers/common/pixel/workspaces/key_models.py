"""The models of API keys: new ones, changes and rotations."""

import re
from datetime import timedelta
from math import ceil
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, Strict, ValidationInfo

from pixel.auth import keys
from pixel.auth.caller import Scope
from pixel.faces.directory import FACES, limit_classes_of
from pixel.faces.face import Limits
from pixel.foundation.ids import WEBSITE_ID
from pixel.http.field_checks import invalid, wrong_type
from pixel.workspaces.models import UNCHANGED, Days, Expiry, Name, RecordModel, text
from pixel.workspaces.origins import Origins

DEFAULT_NAME = "unnamed"
WEBSITES_MAX: Final = 50  # they are part of the authorizer's response
GRACE_MAX: Final = timedelta(weeks=9999)
GRACE_SECONDS_MAX: Final = 604_800
REQUESTS_MAX: Final = 1_000_000
WINDOW_SECONDS_MAX: Final = 86_400


def _scopes(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise wrong_type("must be a list of scopes.")
    if not all(isinstance(scope, str) for scope in value) or set(value) - set(SCOPES):
        raise invalid(f"must contain only scopes that exist: {', '.join(SCOPES)}.")
    for face in FACES:
        if face.is_of_one_website and not set(value) <= set(face.scopes) and set(value) & set(face.scopes):
            raise invalid(f"must not contain other scopes beside {' and '.join(face.scopes)}; create a key for each.")
    return tuple(scope for scope in SCOPES if scope in value)


def _bound_as_scopes_require(website_ids: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
    """Refuse another number of websites than one for a key that must be of one: it could not tell which is meant."""
    scopes = set(info.data.get("scopes", ()))
    of_one = any(face.is_of_one_website and scopes & set(face.scopes) for face in FACES)
    if of_one and (website_ids is None or len(website_ids) != 1):
        raise invalid(f"must name exactly one website for a key with {' or '.join(sorted(scopes))}.")
    return website_ids


def _limits(value: Any) -> Limits:
    if not isinstance(value, dict):
        raise wrong_type("must be an object of classes and their limits, such as ingest and [1000, 60].")
    for limit in value.values():
        if not isinstance(limit, list | tuple) or len(limit) != len(("requests", "seconds")):
            raise wrong_type("must give each class its requests and seconds, such as [1000, 60].")
        for number, highest in zip(limit, (REQUESTS_MAX, WINDOW_SECONDS_MAX), strict=True):
            if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= highest:
                raise invalid(f"must have 1 to {REQUESTS_MAX:,} requests in 1 to {WINDOW_SECONDS_MAX:,} seconds.")
    return {name: (limit[0], limit[1]) for name, limit in value.items()}


def _limits_of_scopes(limits: Limits | None, info: ValidationInfo) -> Limits | None:
    """Refuse the limit of a class that no scope of the key brings along: it would never apply."""
    known = [limit_class.name for limit_class in limit_classes_of(info.data.get("scopes", ()))]
    if set(limits or ()) - set(known):
        named = f"only {' and '.join(known)}" if known else "no class"
        raise invalid(f"must name {named} for a key with these scopes.")
    return limits


def _well_formed(value: Any) -> str:
    if not isinstance(value, str) or not keys.is_well_formed(value):
        raise invalid("must be a well-formed API key; omit it to have one generated.")
    return value


def _grace(value: Any) -> timedelta:
    """Return the grace period, given as a duration or in seconds, in whole seconds that are not shorter."""
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise wrong_type("must be a number of seconds.")
    if not 0 <= seconds <= GRACE_MAX.total_seconds():
        raise invalid(f"must be from 0 seconds to {GRACE_MAX.days:,} days.")
    return timedelta(seconds=ceil(seconds))


def _website_ids(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise wrong_type("must be a list of website ids, or null for all websites.")
    if not all(isinstance(one, str) and re.fullmatch(WEBSITE_ID, one) for one in value):
        raise invalid("must contain only website ids: admx_ followed by letters, digits, _ or -.")
    if not 1 <= len(value) <= WEBSITES_MAX or len(set(value)) != len(value):
        raise invalid(f"must name 1 to {WEBSITES_MAX} different websites; null stands for all.")
    return tuple(value)


def _kind(value: Any) -> str:
    if text(value) != "secret":
        raise invalid("must be secret or publishable.")
    return "secret"


def _grace_seconds(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type("must be a whole number of seconds.")
    if not 0 <= value <= GRACE_SECONDS_MAX:
        raise invalid(f"must be a number of seconds from 0 to {GRACE_SECONDS_MAX:,}.")
    return value


SCOPES: Final = (*map(str, Scope), *(str(scope) for face in FACES for scope in face.scopes))
"""All scopes that a key may have, of the core and of other faces."""
Scopes = Annotated[tuple[str, ...], BeforeValidator(_scopes)]
RawKey = Annotated[str, BeforeValidator(_well_formed)]
WebsiteIds = Annotated[tuple[str, ...], BeforeValidator(_website_ids)]
KeyLimits = Annotated[Limits, BeforeValidator(_limits)]
KeyKind = Annotated[Literal["secret"], BeforeValidator(_kind)]
GraceSeconds = Annotated[int, BeforeValidator(_grace_seconds), Field(ge=0, le=GRACE_SECONDS_MAX)]


class NewKey(RecordModel):
    """A key to be created by the operator. `key` registers an existing raw key, whose prefix then decides `test`."""

    name: Name = DEFAULT_NAME
    scopes: Scopes = ()
    expires_at: Expiry | None = None
    website_ids: Annotated[
        WebsiteIds | None, AfterValidator(_bound_as_scopes_require), Field(validate_default=True)
    ] = None
    limits: Annotated[KeyLimits | None, AfterValidator(_limits_of_scopes)] = None
    test: Annotated[bool, Strict()] = False
    key: Annotated[RawKey | None, Field(repr=False)] = None


class RequestedKey(RecordModel):
    """A key that is created by another key. What is not given is as the other key has it, except for the scopes."""

    name: Name
    scopes: Scopes
    expires_at: Expiry | None = None
    expires_in_days: Days | None = None
    website_ids: WebsiteIds | None = None
    kind: KeyKind = "secret"
    test: Annotated[bool, Strict()] = False


class KeyChanges(RecordModel):
    """Changes to a key, which can only take rights away, except for the `origins` of a publishable one."""

    name: Name = UNCHANGED
    scopes: Scopes = UNCHANGED
    website_ids: WebsiteIds | None = UNCHANGED
    expires_at: Expiry | None = UNCHANGED
    origins: Origins | None = UNCHANGED


class KeyRotation(RecordModel):
    """The rotation of a key: the grace period of the old key, and the expiry of the new one.

    Without an expiry the new key has the same lifetime as the old one.
    """

    grace: Annotated[timedelta, BeforeValidator(_grace)] = timedelta(0)
    expires_at: Expiry | None = None


class RequestedRotation(RecordModel):
    """The rotation of a key by a key: how long the old one keeps working."""

    grace_seconds: GraceSeconds = 0
