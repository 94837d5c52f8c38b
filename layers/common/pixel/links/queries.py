"""The query of an address: parameters are added, replaced or left alone, and the rest is never written anew.

Addresses are those that destinations.py returned, so they are ASCII and their parts are where `?` and `#` say.
"""

from collections.abc import Iterable
from urllib.parse import quote, unquote_plus

Parameter = tuple[str, str]

_KEPT = "/:@!$'()*,~?"  # what a query may contain as it is, besides letters, digits and - . _


def with_parameters(url: str, parameters: Iterable[Parameter], *, replacing: bool) -> str:
    """Return the address with these parameters at the end of its query.

    Where it has a parameter of the same name, its own is kept, or replaced if `replacing`.
    """
    given = list(parameters)
    before, hash_sign, fragment = url.partition("#")
    path, _, query = before.partition("?")
    pairs = [pair for pair in query.split("&") if pair]
    if replacing:
        names = {name for name, _ in given}
        pairs = [pair for pair in pairs if _name(pair) not in names]
    else:
        names = {_name(pair) for pair in pairs}
        given = [(name, value) for name, value in given if name not in names]
    if not given:
        return url
    pairs += (f"{quote(name, _KEPT)}={quote(value, _KEPT)}" for name, value in given)
    return f"{path}?{'&'.join(pairs)}{hash_sign}{fragment}"


def _name(pair: str) -> str:
    return unquote_plus(pair.partition("=")[0])
