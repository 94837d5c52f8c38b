"""The schemas of the records that a workspace owns, as lists answer them, from the types of those answers."""

from pixel.workspaces.kinds import AlertResponse, GoalResponse, ReportResponse, ShareLinkResponse, WebsiteResponse
from tools.openapi.models import adapters_of, schemas_of
from tools.openapi.schema import Schema

_RESPONSES = (WebsiteResponse, GoalResponse, AlertResponse, ReportResponse, ShareLinkResponse)
# What the types leave out. Times are text in answers and in the table.
_MOMENT = {"format": "date-time"}
_MORE: dict[str, Schema] = {
    "id": {"description": "Its id, with a prefix for the kind of record."},
    "website_id": {"description": "The website's id."},
    "domain": {"description": "In lower case; other letters as punycode."},
    "createdAt": _MOMENT,
    "created_at": _MOMENT,
    "selector": {"description": "A URL pattern, or a CSS selector."},
    "metric": {"description": "One of those of p_metric_series."},
    "last_sent_at": _MOMENT,
    "token_prefix": {"description": "The beginning of the token, to tell links apart."},
    "expires_at": _MOMENT,
}


def schemas() -> dict[str, Schema]:
    """Return the schema of each kind of record by name."""
    return {
        name.removesuffix("Response"): {**found, "properties": _described(found["properties"])}
        for name, found in schemas_of(adapters_of(*_RESPONSES), {}).items()
    }


def _described(properties: dict[str, Schema]) -> dict[str, Schema]:
    return {name: {**_MORE.get(name, {}), **found} for name, found in properties.items()}
