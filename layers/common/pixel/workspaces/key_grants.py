"""What a key may give: nothing that it does not have itself, whatever sequence of keys is made of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Self

from pixel.auth.caller import Scope
from pixel.auth.keys import KeyRecord
from pixel.foundation.clock import to_iso
from pixel.foundation.errors import ApiError
from pixel.workspaces.record_failures import not_grantable


class Rights(NamedTuple):
    """What a key allows.

    Who has a publishable key can write events to its website, so it takes the right to write to make one, although the
    key itself has no scopes.
    """

    scopes: tuple[str, ...]
    website_ids: tuple[str, ...] | None  # None: all websites of the workspace
    expires_at: datetime | None
    test: bool

    @classmethod
    def of(cls, record: KeyRecord) -> Self:
        scopes = (str(Scope.WRITE),) if record.is_publishable else record.scopes
        return cls(scopes, record.website_ids, record.expires_at, record.is_test)

    def include(self, other: "Rights") -> bool:
        """Return whether the other rights are these or fewer."""
        return (
            set(other.scopes) <= set(self.scopes)
            and _is_within(other.website_ids, self.website_ids)
            and (self.expires_at is None or (other.expires_at is not None and other.expires_at <= self.expires_at))
            and other.test is self.test
        )

    def to_response(self) -> dict[str, object]:
        expires_at = None if self.expires_at is None else to_iso(self.expires_at)
        return {**self._asdict(), "expires_at": expires_at}


def grantable_by(maker: KeyRecord) -> Rights:
    """Return the rights that a key may give. Only `pixelctl` gives the scope pixel:keys."""
    rights = Rights.of(maker)
    return rights._replace(scopes=tuple(scope for scope in rights.scopes if scope != Scope.KEYS))


def granted_by(maker: KeyRecord, given: Mapping[str, Any]) -> Rights:
    """Return the given rights, and for those that are omitted what the maker may give. Raises `not_grantable`."""
    grantable = grantable_by(maker)
    rights = grantable._replace(**given)
    require_grantable(rights, grantable)
    return rights


def require_grantable(requested: Rights, grantable: Rights) -> None:
    """Raise `not_grantable` if the requested rights are more than may be given."""
    if not grantable.include(requested):
        raise not_grantable(requested.to_response(), grantable.to_response())


def require_power_over(maker: KeyRecord, target: KeyRecord) -> None:
    """Raise `not_grantable` if the target may make keys too: such keys change and revoke only themselves."""
    if Scope.KEYS in target.scopes and target.key_id != maker.key_id:
        raise _beyond(maker, target)


def require_handing_out(maker: KeyRecord, target: KeyRecord) -> None:
    """Raise `not_grantable` if a copy of the target would have more rights than the maker may give."""
    if target.key_id != maker.key_id and not grantable_by(maker).include(Rights.of(target)):
        raise _beyond(maker, target)


def _beyond(maker: KeyRecord, target: KeyRecord) -> ApiError:
    return not_grantable(Rights.of(target).to_response(), grantable_by(maker).to_response())


def _is_within(inner: tuple[str, ...] | None, outer: tuple[str, ...] | None) -> bool:
    return outer is None or (inner is not None and set(inner) <= set(outer))
