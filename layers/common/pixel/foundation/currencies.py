"""The currencies of ISO 4217, as currencies.txt lists them, and how many decimal places their amounts have."""

from functools import cache
from pathlib import Path
from typing import Final

from pixel.foundation.spelling import by_spelling

CURRENCY_FORM: Final = "must be an ISO 4217 code, such as USD."
_DECIMAL_PLACES: Final = 2
_OTHER_DECIMAL_PLACES: Final = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}
_FILE = Path(__file__).with_suffix(".txt")


@cache
def currencies() -> dict[str, str]:
    """Return the codes, by their spelling without case."""
    return by_spelling(_FILE.read_text().split())


def decimal_places(currency: str) -> int:
    """Return the exponent of a currency: an amount in minor units is divided by so many tens."""
    return _OTHER_DECIMAL_PLACES.get(currency, _DECIMAL_PLACES)
