"""The currencies of ISO 4217, as currencies.txt lists them."""

from functools import cache
from pathlib import Path
from typing import Final

from pixel.foundation.spelling import by_spelling

CURRENCY_FORM: Final = "must be an ISO 4217 code, such as USD."
_FILE = Path(__file__).with_suffix(".txt")


@cache
def currencies() -> dict[str, str]:
    """Return the codes, by their spelling without case."""
    return by_spelling(_FILE.read_text().split())
