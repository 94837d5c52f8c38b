"""Shares of visitors: the number of a visitor for a rule, and the one of several destinations that the visitor gets.

Both derive from what a visitor keeps from visit to visit and a secret of the link, so the same visitor gets the same
answer without a cookie, and nobody outside can find out which. A change of weights moves only those that it must.
"""

import hashlib
import hmac
import math
from collections.abc import Sequence

_BYTES = 8
_RANGE = float(2 ** (8 * _BYTES))
_BELOW_100 = math.nextafter(100.0, 0.0)


def bucket(secret: str, rule_id: str, basis: str) -> float:
    """Return a visitor's number for a rule, from 0 to less than 100."""
    return min(100 * _share(secret, rule_id, basis), _BELOW_100)


def chosen_place(secret: str, rule_id: str, basis: str, destinations: Sequence[tuple[str, int]]) -> int:
    """Return the place, from 0, of the destination that a visitor gets, by weighted rendezvous hashing."""
    scores = [_score(weight, _share(secret, rule_id, url, basis)) for url, weight in destinations]
    return scores.index(max(scores))


def _score(weight: int, share: float) -> float:
    if share <= 0.0:
        return 0.0
    return weight / -math.log(share) if share < 1.0 else math.inf


def _share(secret: str, *parts: str) -> float:
    """Return a number from 0 to 1 that nobody without the secret can tell from a random one."""
    content = "\0".join(parts).encode(errors="replace")
    digest = hmac.digest(secret.encode(), content, hashlib.sha256)
    return int.from_bytes(digest[:_BYTES]) / _RANGE
