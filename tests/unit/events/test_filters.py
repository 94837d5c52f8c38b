"""A filter is what an event would be, or is refused with the values that there are."""

from pixel.events import vocabulary
from pixel.events.enrichment.channels import CHANNELS
from pixel.events.filters import read_parameter
from pixel.http.query import QueryParameters
from pixel.tinybird.catalogue import Parameter, catalogue

_PARAMETERS = {name: parameter for pipe in catalogue().values() for name, parameter in pipe.parameters.items()}


def _read(name: str, value: str, given: str | None = None) -> tuple[str | None, list[str]]:
    parameters = QueryParameters({given or name: [value]}, [given or name])
    return read_parameter(parameters, _PARAMETERS[name]), [fault.message for fault in parameters.faults.found]


def test_values_are_written_as_events_are() -> None:
    given = {
        ("country", "de"): "DE",
        ("currency", " usd"): "USD",
        ("device", "Mobile"): "mobile",
        ("channel", "Organic Search"): "organic_search",
        ("metric", "Bounce-Rate"): "bounce_rate",
        ("browser", "chrome"): "Chrome",
        ("browser", "Lynx"): "Lynx",
        ("os", "macos"): "macOS",
        ("path", "pricing?a=1#b"): "/pricing",
        ("path", "https://example.com/a/"): "/a/",
        ("referrer", "https://Google.com/search"): "google.com",
        ("referrer", "localhost"): "localhost",
        ("steps", "/a?b=1,goal:Sign up, /c#d"): "/a,goal:Sign up,/c",
        ("steps", "goal:a?b,c"): "goal:a?b,c",
        ("utm_source", "News"): "News",
        ("limit", "007"): "7",
        ("include_bots", "1"): "1",
        ("country", ""): None,
    }

    assert {key: _read(*key) for key in given} == {key: (value, []) for key, value in given.items()}


def test_an_external_id_is_hashed_as_identify_does() -> None:
    (found, faults) = _read("external_id_hash", " Jane@Example.com ", "external_id")

    assert (found, faults) == ("8c87b489ce35cf2e2f39f80e282cb2e804932a56a213983eeeb428407d43b52d", [])


def test_a_value_that_no_event_has_is_refused_with_those_there_are() -> None:
    given = {
        ("device", "phone"): "`device` must be desktop, mobile, tablet, tv or console.",
        ("device", "tablets"): "`device` must be desktop, mobile, tablet, tv or console; did you mean `tablet`?",
        (
            "metric",
            "users",
        ): "`metric` must be visitors, pageviews, sessions, bounce_rate, avg_duration, conversions or revenue.",
        ("limit", "1001"): "`limit` must be a whole number from 1 to 1,000.",
        ("offset", "-1"): "`offset` must be a whole number from 0 to 1,000,000.",
        ("minutes", "61"): "`minutes` must be a whole number from 1 to 60.",
        ("lookback_days", "91"): "`lookback_days` must be a whole number from 0 to 90.",
        ("include_bots", "true"): "`include_bots` must be 0 or 1.",
        ("referrer", "//"): "`referrer` must be a host such as google.com, or a URL with one.",
    }

    assert {key: _read(*key) for key in given} == {key: (None, [message]) for key, message in given.items()}
    for name, listed in (("country", "AD, AE, AF"), ("currency", "EUR, FJD")):
        _, [message] = _read(name, "XXX")
        assert listed in message


def test_pipes_and_events_have_the_same_closed_lists() -> None:
    assert set(_PARAMETERS["device"].values) == set(vocabulary.DEVICES)
    assert set(_PARAMETERS["channel"].values) == CHANNELS


def test_every_whole_number_has_bounds_or_values() -> None:
    def is_bounded(parameter: Parameter) -> bool:
        return bool(parameter.values) or parameter.lowest is not None

    numbers = {name: is_bounded(one) for name, one in _PARAMETERS.items() if one.type.startswith("Int")}
    assert numbers
    assert all(numbers.values())
