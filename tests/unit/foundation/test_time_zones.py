"""A time zone is one that the database lists, by its exact name, and another one is told what it may have meant."""

from zoneinfo import ZoneInfo

from pixel.foundation.time_zones import fault_of_time_zone, time_zones


def test_a_time_zone_is_known_by_its_exact_name() -> None:
    for name, says in {
        "Europe/Berlin": None,
        "Asia/Calcutta": None,  # a link
        "europe/berlin": "must be a name in the IANA time zone database; did you mean `Europe/Berlin`?",
        "Mars/Olympus": "must be a name in the IANA time zone database, such as Europe/Berlin.",
        "": "must be a name in the IANA time zone database, such as Europe/Berlin.",
        "../zones": "must be a name in the IANA time zone database, such as Europe/Berlin.",
    }.items():
        assert fault_of_time_zone(name) == says, name


def test_every_listed_time_zone_can_be_read() -> None:
    assert len(time_zones()) > 590
    assert {ZoneInfo(name).key for name in time_zones()} == time_zones()
