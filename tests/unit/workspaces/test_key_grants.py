"""Every request of every key, by the rule alone: what can be reached from a key never exceeds what the key has.

The rights of a small world are counted out and compared as sets, without the rules under test.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import chain, combinations, product
from typing import Any, NamedTuple

from pixel.auth.caller import Scope
from pixel.auth.keys import KeyRecord
from pixel.foundation.clock import to_iso
from pixel.foundation.errors import ApiError
from pixel.workspaces.key_grants import Rights, granted_by, require_grantable, require_handing_out, require_power_over
from tests.key_records import record_of

_SCOPES = (Scope.READ, Scope.MANAGE, Scope.KEYS)
_WEBSITES = ("admx_1", "admx_2")
_ENDS = (datetime(2030, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC))

Atoms = frozenset[tuple[str, str, int, bool]]
"""What some rights allow: a scope for a website in a year, in test mode or not."""


def _subsets[T](values: tuple[T, ...]) -> list[tuple[T, ...]]:
    return list(chain.from_iterable(combinations(values, size) for size in range(len(values) + 1)))


_ALL = [
    Rights(scopes, website_ids, expires_at, test)
    for scopes, website_ids, expires_at, test in product(
        _subsets(_SCOPES), [*_subsets(_WEBSITES)[1:], None], [*_ENDS, None], [False, True]
    )
]


class _Key(NamedTuple):
    """A key of the world, by its rights."""

    rights: Rights
    record: KeyRecord
    atoms: Atoms

    @classmethod
    def of(cls, rights: Rights, key_id: str) -> "_Key":
        prefix = f"pixel_{'test' if rights.test else 'live'}_abcd"
        record = record_of(key_id)._replace(key_id=key_id, key_prefix=prefix, **_stored(rights))
        return cls(rights, record, _atoms(rights))


def _stored(rights: Rights) -> dict[str, Any]:
    return {name: value for name, value in rights._asdict().items() if name != "test"}


def _atoms(rights: Rights) -> Atoms:
    websites = (*_WEBSITES, "any other") if rights.website_ids is None else rights.website_ids
    years = [year for year in (2029, 2030, 2031) if rights.expires_at is None or year < rights.expires_at.year]
    return frozenset(product(rights.scopes, websites, years, [rights.test]))


_MAKERS = [_Key.of(rights, f"key_maker{number}") for number, rights in enumerate(_ALL)]
_OTHERS = [_Key.of(rights, f"key_other{number}") for number, rights in enumerate(_ALL)]
_ATOMS = {key.rights: key.atoms for key in _MAKERS}


def _requests() -> Iterator[dict[str, Any]]:
    """Yield the rights of every request: scopes are always given, everything else may be omitted."""
    omitted = object()
    websites, ends = [omitted, *_subsets(_WEBSITES)[1:], None], [omitted, *_ENDS, None]
    for scopes, website_ids, expires_at, test in product(_subsets(_SCOPES), websites, ends, [omitted, False, True]):
        given = {"scopes": scopes, "website_ids": website_ids, "expires_at": expires_at, "test": test}
        yield {name: value for name, value in given.items() if value is not omitted}


def _grantable(maker: Rights) -> Rights:
    return maker._replace(scopes=tuple(scope for scope in maker.scopes if scope != "pixel:keys"))


def _shown(rights: Rights) -> dict[str, object]:
    expires_at = None if rights.expires_at is None else to_iso(rights.expires_at)
    return {
        "scopes": rights.scopes,
        "website_ids": rights.website_ids,
        "expires_at": expires_at,
        "test": rights.test,
    }


def _said(requested: Rights, grantable: Rights) -> dict[str, object]:
    return {"requested": _shown(requested), "grantable": _shown(grantable)}


def _made_by(maker: _Key, requests: list[dict[str, Any]]) -> set[Rights]:
    """Return the rights of all keys that a key makes, after comparing each answer with what it should be."""
    may_give = _grantable(maker.rights)
    allowed = _ATOMS[may_give]
    made = set()
    for given in requests:
        requested = may_give._replace(**given)
        fits = _ATOMS[requested] <= allowed if requested.scopes else _fits_without_scopes(requested, may_give)
        refusal = _refusal(granted_by, maker.record, given)
        assert (refusal is None) is fits, (maker.rights, given)
        if refusal is None:
            assert granted_by(maker.record, given) == requested
            made.add(requested)
        else:
            assert refusal.details == _said(requested, may_give)
    return made


@cache
def _made() -> dict[Rights, set[Rights]]:
    requests = list(_requests())
    return {maker.rights: _made_by(maker, requests) for maker in _MAKERS}


def _fits_without_scopes(requested: Rights, may_give: Rights) -> bool:
    """Return whether rights that allow nothing would fit if they and the maker's had a scope."""
    return _ATOMS[requested._replace(scopes=(Scope.READ,))] <= _ATOMS[may_give._replace(scopes=(Scope.READ,))]


def _refusal(check: Callable[..., object], *arguments: object) -> ApiError | None:
    try:
        check(*arguments)
    except ApiError as refusal:
        return refusal
    return None


def test_every_request_gets_what_fits_and_else_reads_what_would() -> None:
    made = _made()

    assert len(made) * len(list(_requests())) == 92_160
    assert sum(map(len, made.values())) > 1_000
    assert all("pixel:keys" not in rights.scopes for rights in set().union(*made.values()))


def test_a_change_only_takes_away() -> None:
    for old, new in product(_MAKERS, _MAKERS):
        fits = (
            set(new.rights.scopes) <= set(old.rights.scopes)
            and new.rights.test is old.rights.test
            and _fits_without_scopes(new.rights, old.rights)
        )
        refusal = _refusal(require_grantable, new.rights, old.rights)
        assert (refusal is None) is fits, (old.rights, new.rights)
        assert refusal is None or refusal.details == _said(new.rights, old.rights)


def test_nothing_that_is_reached_from_a_key_exceeds_it() -> None:
    """Follow creates, changes and rotations to a fixed point, beside another key of every kind of rights."""
    next_to = {maker.rights: _reached_at_once(maker) for maker in _MAKERS}
    for first in _MAKERS:
        held, pending = {first.rights}, [first.rights]
        while pending:
            new = next_to[pending.pop()] - held
            held |= new
            pending += new
        assert all(_ATOMS[rights] <= first.atoms for rights in held), first.rights
        assert len(held) > 1 or "pixel:keys" not in first.rights.scopes


def _reached_at_once(maker: _Key) -> set[Rights]:
    """Return the rights that one call of a key leads to. What others are narrowed to is in the world already."""
    if "pixel:keys" not in maker.rights.scopes:
        return set()
    narrowed = {new.rights for new in _MAKERS if _refusal(require_grantable, new.rights, maker.rights) is None}
    rotated = set()
    for target in _OTHERS:
        if _refusal(require_power_over, maker.record, target.record):
            assert "pixel:keys" in target.rights.scopes
        elif _refusal(require_handing_out, maker.record, target.record) is None:
            rotated.add(target.rights)
    return narrowed | rotated | _made()[maker.rights]


def test_of_keys_that_make_keys_one_has_power_over_itself_alone() -> None:
    one, other = (_Key.of(Rights(("pixel:keys",), None, None, test=False), key_id) for key_id in ("key_1", "key_2"))

    require_power_over(one.record, one.record)
    require_handing_out(one.record, one.record)
    for check in (require_power_over, require_handing_out):
        assert _refusal(check, one.record, other.record)
