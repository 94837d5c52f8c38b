"""The places of visitors, which decide their languages and hours."""

from typing import NamedTuple

from local.demo.traffic.choices import Choices


class Place(NamedTuple):
    country: str
    region: str
    city: str
    language: str
    utc_offset_hours: int


PLACES = Choices(
    [
        (11, Place("US", "California", "San Francisco", "en-US", -8)),
        (9, Place("US", "New York", "New York", "en-US", -5)),
        (6, Place("US", "Texas", "Austin", "en-US", -6)),
        (3, Place("US", "Washington", "Seattle", "en-US", -8)),
        (2, Place("US", "Florida", "Miami", "es-US", -5)),
        (9, Place("GB", "England", "London", "en-GB", 0)),
        (2, Place("GB", "Scotland", "Edinburgh", "en-GB", 0)),
        (6, Place("DE", "Berlin", "Berlin", "de-DE", 1)),
        (5, Place("DE", "Bavaria", "Munich", "de-DE", 1)),
        (2, Place("DE", "Hamburg", "Hamburg", "en-GB", 1)),
        (6, Place("FR", "Île-de-France", "Paris", "fr-FR", 1)),
        (2, Place("FR", "Auvergne-Rhône-Alpes", "Lyon", "fr-FR", 1)),
        (4, Place("NL", "North Holland", "Amsterdam", "nl-NL", 1)),
        (4, Place("ES", "Madrid", "Madrid", "es-ES", 1)),
        (3, Place("IT", "Lombardy", "Milan", "it-IT", 1)),
        (3, Place("PL", "Masovia", "Warsaw", "pl-PL", 1)),
        (2, Place("SE", "Stockholm", "Stockholm", "sv-SE", 1)),
        (2, Place("CH", "Zurich", "Zürich", "de-CH", 1)),
        (4, Place("CA", "Ontario", "Toronto", "en-CA", -5)),
        (1, Place("CA", "Quebec", "Montreal", "fr-CA", -5)),
        (6, Place("IN", "Karnataka", "Bengaluru", "en-IN", 5)),
        (3, Place("IN", "Maharashtra", "Mumbai", "hi-IN", 5)),
        (5, Place("BR", "São Paulo", "São Paulo", "pt-BR", -3)),
        (3, Place("JP", "Tokyo", "Tokyo", "ja-JP", 9)),
        (3, Place("AU", "New South Wales", "Sydney", "en-AU", 10)),
        (2, Place("SG", "", "Singapore", "en-SG", 8)),
        (1, Place("ZA", "Western Cape", "Cape Town", "en-ZA", 2)),
        (1, Place("", "", "", "en", 0)),
    ]
)

DATA_CENTRE = Place("US", "Virginia", "Ashburn", "", -5)
