"""Shares of visitors: the same for the same visitor, near the weights, and moved by new weights no more than needed."""

from collections import Counter

from pixel.redirects.splitting import bucket, chosen_place

_VISITORS = [f"visitor {number}" for number in range(20_000)]
_WEIGHTS = [("https://example.com/a", 1), ("https://example.com/b", 2), ("https://example.com/c", 7)]


def _split(destinations: list[tuple[str, int]]) -> dict[str, str]:
    return {one: destinations[chosen_place("secret", "rule_1", one, destinations)][0] for one in _VISITORS}


def test_destinations_get_their_weights() -> None:
    found = Counter(_split(_WEIGHTS).values())

    for url, weight in _WEIGHTS:
        assert abs(found[url] / len(_VISITORS) - weight / 10) < 0.01


def test_a_change_of_weights_moves_only_to_what_gained() -> None:
    before, after = _split(_WEIGHTS), _split([*_WEIGHTS[:2], (_WEIGHTS[2][0], 17)])

    moved = {one for one in _VISITORS if before[one] != after[one]}
    assert {after[one] for one in moved} == {_WEIGHTS[2][0]}
    assert abs(len(moved) / len(_VISITORS) - (0.85 - 0.7)) < 0.01


def test_the_order_of_destinations_and_one_that_is_added_move_nobody_else() -> None:
    before = _split(_WEIGHTS)

    assert _split(_WEIGHTS[::-1]) == before
    more = _split([*_WEIGHTS, ("https://example.com/d", 10)])
    assert {more[one] for one in _VISITORS if more[one] != before[one]} == {"https://example.com/d"}


def test_numbers_are_spread_and_a_rule_has_its_own() -> None:
    first, second = ([bucket("secret", rule, one) for one in _VISITORS] for rule in ("rule_1", "rule_2"))

    assert all(0 <= number < 100 for number in first)
    assert abs(sum(number < 30 for number in first) / len(first) - 0.3) < 0.01
    both = sum(one < 30 and other < 30 for one, other in zip(first, second, strict=True))
    assert abs(both / len(first) - 0.09) < 0.01
    assert bucket("another secret", "rule_1", _VISITORS[0]) != first[0]
