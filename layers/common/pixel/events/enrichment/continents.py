"""The continent of a country, by GeoNames' assignment: Turkey, Cyprus and the Caucasus are in one continent each."""

from functools import cache

from pixel.events.enrichment.reference_data import group_of_each


def continent_of(country: str) -> str:
    """Return AF, AN, AS, EU, NA, OC or SA for a country's ISO 3166-1 code, or an empty text for none."""
    return _continents().get(country.lower(), "").upper()


@cache
def _continents() -> dict[str, str]:
    return group_of_each("continents")
