"""Purchases of Infinity Metrics, and the payments of the core that they are.

A price is a whole number of minor units: cents, or fils, or whole yen, as ISO 4217 divides the currency.
"""

from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BeforeValidator

from pixel.events.fields import Currency, EventId, Flag, Identifier, MediumText, Quantity, Scalars
from pixel.events.models import Body
from pixel.foundation import JsonObject
from pixel.foundation.currencies import decimal_places
from pixel.foundation.errors import ErrorCode, FieldErrors
from pixel.http.decimals import AMOUNT_MAX
from pixel.http.field_checks import Fields, invalid, wrong_type
from pixel.infinity.events import Moment, common_fields, read_fields

_DEFAULT_CURRENCY: Final = "USD"
_PRICE_FORM: Final = "must be a whole number of minor units, at least 1, such as 2999 for 29.99 USD."


def _check_price(value: Any) -> int:
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())  # 2999.0 is 2999 in JSON
    if isinstance(value, bool) or not is_whole:
        raise wrong_type(_PRICE_FORM)
    if value < 1:
        raise invalid(_PRICE_FORM)
    return int(value)


Price = Annotated[int, BeforeValidator(_check_price)]


class Purchase(Body):
    """Something that was sold, or a refund of it."""

    price: Price
    currency: Currency | None = None
    quantity: Quantity | None = None
    product_name: MediumText | None = None
    metadata: Scalars | None = None
    visitor_id: Identifier | None = None
    timestamp: Moment | None = None
    event_id: EventId | None = None
    transaction_id: Identifier | None = None
    refund: Flag | None = None


def read_purchase(given: Any, website_id: str) -> JsonObject:
    """Return the payment of the core that a purchase is. Raises ApiError with all errors."""
    faults = FieldErrors()
    read = read_fields(Purchase, given, faults, Fields(Purchase.model_fields, "a field of a purchase"))
    currency = read.get("currency", _DEFAULT_CURRENCY)
    amount = amount_of(read.get("price", 0), read.get("quantity", 1), currency)
    if amount > AMOUNT_MAX:
        sentence = f"`price` times `quantity` must be at most {AMOUNT_MAX:,} {currency}."
        faults.add("price", "invalid", sentence)
    faults.raise_any(ErrorCode.INVALID_BODY)
    own = ("quantity", "product_name", "transaction_id", "refund")
    return {
        "website_id": website_id,
        "name": "payment",
        "amount": _as_number(amount),
        "currency": currency,
        **{name: read[name] for name in own if name in read},
        **common_fields(read),
    }


def amount_of(price: int, quantity: int, currency: str) -> Decimal:
    """Return the total of a purchase in major units."""
    return Decimal(price * quantity).scaleb(-decimal_places(currency))


def _as_number(amount: Decimal) -> int | float:
    """Return an amount as callers of the core write it, so that a payment is the same by either way.

    It has at most 13 digits, and a float keeps 15.
    """
    return int(amount) if amount == int(amount) else float(amount)
