"""The query of an address: parameters are added, replaced or left alone, and the rest is never written anew.

Addresses are those that destinations.py returned, so they are ASCII and their parts are where `?` and `#` say.
"""

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, unquote_plus

ADDRESS_CHARACTERS_MAX: Final = 8_192
"""Of an address with parameters: API Gateway takes 10,240 bytes of headers from a function, or answers 502."""

Parameter = tuple[str, str]

_KEPT = "/:@!$'()*,~?"  # what a query may contain as it is, besides letters, digits and - . _


def with_parameters(
    url: str, parameters: Iterable[Parameter], *, replacing: bool, characters_max: int = ADDRESS_CHARACTERS_MAX
) -> str:
    """Return the address with these parameters at the end of its query.

    Where it has a parameter of the same name, its own is kept, or replaced if `replacing`. A parameter that would make
    the address too long is left out.
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
    length = len(path) + len(hash_sign) + len(fragment) + sum(len(pair) + 1 for pair in pairs)
    pairs += _as_many_as_fit(given, characters_max - length)
    return f"{path}{'?' if pairs else ''}{'&'.join(pairs)}{hash_sign}{fragment}"


def _as_many_as_fit(parameters: Iterable[Parameter], characters_left: int) -> Iterator[str]:
    for name, value in parameters:
        # Half a pair of surrogates, which JSON can hold, has no bytes.
        pair = f"{quote(name, _KEPT, errors='replace')}={quote(value, _KEPT, errors='replace')}"
        if len(pair) + 1 <= characters_left:
            characters_left -= len(pair) + 1
            yield pair


def _name(pair: str) -> str:
    return unquote_plus(pair.partition("=")[0])
