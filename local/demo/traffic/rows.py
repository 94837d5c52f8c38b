"""Rows for the datasources, with every column set, so that none depends on a default."""

from datetime import UTC, datetime
from typing import NamedTuple

from local.demo.traffic.machines import Machine
from local.demo.traffic.places import Place
from local.demo.traffic.sources import DIRECT, Source

Values = dict[str, str | int | float]

PAGEVIEWS = "pageviews"
CUSTOM_GOALS = "custom_goals"
VISITOR_PAYMENTS = "visitor_payments"
IDENTITIES = "identities"
ENGAGEMENTS = "engagements"
DATASOURCES = (PAGEVIEWS, CUSTOM_GOALS, VISITOR_PAYMENTS, IDENTITIES, ENGAGEMENTS)

_NO_BOT: Values = {"is_bot": 0, "bot_reason": ""}
_NO_SOURCE: Values = dict.fromkeys(Source._fields, "")
FROM_THE_SITE = DIRECT._asdict()  # the website's own pages are not a source
_NO_PAGE: Values = {"url": "", "host": "", "path": "", "title": ""}
_NO_PLACE: Values = dict.fromkeys(("country", "region", "city", "language"), "")
_NO_MACHINE: Values = dict.fromkeys(Machine._fields, "")

WITHOUT_CONTEXT: Values = {
    **_NO_PAGE,
    **_NO_SOURCE,
    **_NO_PLACE,
    **_NO_MACHINE,
    **_NO_BOT,
    "channel": DIRECT.channel,
    "session_id": "",
    "properties": "{}",
}


_OF_ENGAGEMENTS = (
    *("workspace_id", "website_id", "visitor_id", "session_id", "host", "path"),
    *("country", "device", "browser", "os", "is_bot", "bot_reason"),
)


class Row(NamedTuple):
    datasource: str
    values: Values


def of_machine(machine: Machine) -> Values:
    return dict(machine._asdict())


def of_place(place: Place) -> Values:
    return {"country": place.country, "region": place.region, "city": place.city, "language": place.language}


def of_engagement(page: Values) -> Values:
    """Return the columns that an engagement has in common with its pageview."""
    return {name: page[name] for name in _OF_ENGAGEMENTS}


def to_iso(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
