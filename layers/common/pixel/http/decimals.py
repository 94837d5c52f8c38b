"""Decimal numbers in fields: amounts of payments and values of goals, of events and of records alike."""

import re
from decimal import Decimal
from typing import Any, Final

from pixel.http.field_checks import invalid, wrong_type

AMOUNT_MAX: Final = Decimal("999999999.9999")
DECIMALS_MAX: Final = 4
_NOT_A_NUMBER = "must be a number, or text that is one in ASCII digits, such as 9.50."
# Decimal itself also takes digits of other scripts, and _ between digits.
_NUMBER = re.compile(r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]{1,4})?\s*", re.ASCII | re.IGNORECASE)


def read_decimal(value: Any) -> Decimal:
    """Return the number, which may be sent as text, and which the warehouse must be able to store exactly."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise wrong_type(_NOT_A_NUMBER)
    text = str(value)
    if not _NUMBER.fullmatch(text):
        raise invalid(_NOT_A_NUMBER)
    number = Decimal(text)
    exponent = number.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > DECIMALS_MAX:
        raise invalid(f"must have at most {DECIMALS_MAX} decimal places.")
    return number
