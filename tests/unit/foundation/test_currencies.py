"""Minor units of every currency, as ISO 4217 divides it."""

from collections import Counter

from pixel.foundation.currencies import currencies, decimal_places

_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"


def test_every_currency_has_the_exponent_of_iso_4217() -> None:
    expected = {
        **dict.fromkeys(currencies().values(), 2),
        **dict.fromkeys(_NONE.split(), 0),
        **dict.fromkeys(_THREE.split(), 3),
        **dict.fromkeys(_FOUR.split(), 4),
    }

    assert {code: decimal_places(code) for code in expected} == expected
    assert Counter(decimal_places(code) for code in currencies().values()) == {
        2: len(currencies()) - 25,
        0: 16,
        3: 7,
        4: 2,
    }
