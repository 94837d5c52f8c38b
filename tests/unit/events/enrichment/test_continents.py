"""Every country is in one continent."""

from pixel.events.enrichment import reference_data
from pixel.events.enrichment.continents import continent_of


def test_every_country_has_a_continent_and_nothing_else_has_one() -> None:
    countries = (reference_data._FOLDER / "countries.txt").read_text().split()

    assert {continent_of(country) for country in countries} == {"AF", "AN", "AS", "EU", "NA", "OC", "SA"}
    assert sum(len(codes) for codes in reference_data.read_list("continents").values()) == len(countries)
    assert [continent_of(code) for code in ("AT", "BR", "ZZ", "")] == ["EU", "SA", "", ""]
