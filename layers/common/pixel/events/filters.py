"""The pipes' own parameters, normalized by the rules by which events are written.

A filter so finds what was written under another spelling, and a value that no event can have is refused: a report never
counts zero because of a typing error.
"""

from collections.abc import Callable, Mapping

from pixel.events import vocabulary
from pixel.events.digests import digest_of_external_id
from pixel.events.enrichment.addresses import read_path, referrer_host
from pixel.foundation.currencies import currencies
from pixel.foundation.ids import ID_CHARACTERS_MAX
from pixel.http.query import QueryParameters
from pixel.tinybird.catalogue import Parameter, catalogue

EXTERNAL_ID = "external_id"  # given by callers in place of the pipes' external_id_hash
EXTERNAL_ID_CHARACTERS_MAX = 512  # as identify accepts

FILTERS = (
    *("browser", "channel", "country", "device", "os", "path", "property_key", "property_value", "referrer"),
    *("utm_campaign", "utm_content", "utm_medium", "utm_source", "utm_term"),
)
"""The parameters that narrow a report to some events or sessions (docs/pipes.md, Filters)."""
DASHBOARD_FILTERS = tuple(name for name in FILTERS if not name.startswith("property_"))
"""Those of dashboards, which know nothing of properties, because these may hold anything."""
_TAKES_ALL_FILTERS = "p_top_pages"

_LISTS: Mapping[str, tuple[Callable[[], Mapping[str, str]], str]] = {
    "country": (vocabulary.countries, "an ISO 3166-1 alpha-2 code"),
    "currency": (currencies, "an ISO 4217 code"),
}
_NORMALIZED: Mapping[str, Callable[[str], str]] = {
    "browser": vocabulary.usual_browser,
    "os": vocabulary.usual_system,
    "path": lambda value: read_path(value).path,
    "referrer": lambda value: referrer_host(value) or referrer_host(f"//{value}"),
    "steps": lambda value: ",".join(map(read_step, value.split(","))),
}


def read_filter(parameters: QueryParameters, name: str) -> str | None:
    """Return the value of a filter for any pipe, or None if it is empty, missing or wrong."""
    return read_parameter(parameters, catalogue()[_TAKES_ALL_FILTERS].parameters[name])


def read_parameter(parameters: QueryParameters, parameter: Parameter) -> str | None:
    """Return the value for the pipe, or None if it is empty, missing or wrong."""
    name = parameter.name
    if name == "visitor_id":
        return _trimmed(parameters, name, ID_CHARACTERS_MAX)
    if name == "external_id_hash":
        external_id = _trimmed(parameters, EXTERNAL_ID, EXTERNAL_ID_CHARACTERS_MAX)
        return None if external_id is None else digest_of_external_id(external_id)
    if name in _LISTS:
        values, form = _LISTS[name]
        return parameters.choice(name, values().values(), form)
    if parameter.values:
        return parameters.choice(name, parameter.values)
    if parameter.lowest is not None and parameter.highest is not None:
        number = parameters.integer(name, parameter.lowest, parameter.highest)
        return None if number is None else str(number)
    value = parameters.text(name)
    return value if value is None or name not in _NORMALIZED else _normalize(parameters, name, value)


def read_step(step: str) -> str:
    """Return a step of a funnel; the pipe refuses those that are neither paths nor names of goals and payments."""
    return read_path(step).path if step.strip().startswith("/") else step


def _normalize(parameters: QueryParameters, name: str, value: str) -> str | None:
    normalized = _NORMALIZED[name](value)
    if not normalized:
        parameters.faults.add(name, "invalid", f"`{name}` must be a host such as google.com, or a URL with one.")
    return normalized or None


def _trimmed(parameters: QueryParameters, name: str, characters_max: int) -> str | None:
    """Return the trimmed id, or None if it is empty."""
    value = parameters.text(name, characters_max=characters_max)
    return value.strip() or None if value is not None else None
