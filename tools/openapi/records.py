"""The schemas of the records that a workspace owns: rows of lists, whole records, and the bodies that write them."""

from typing import Any, get_args

from pixel.automation.preview import AlertPreview
from pixel.foundation.ids import WEBSITE_ID
from pixel.hooks.destinations import DESTINATIONS
from pixel.http.decimals import DECIMALS_MAX
from pixel.workspaces import (
    domains,
    goals,
    models,
    pixel_settings,
    recipients,
    reports,
    share_links,
    vocabulary,
    websites,
)
from pixel.workspaces.alert_kind import AlertRecord, AlertResponse
from pixel.workspaces.alerts import ALERTS
from pixel.workspaces.destination_kind import DestinationRecord, DestinationResponse
from pixel.workspaces.goal_kind import GoalRecord, GoalResponse
from pixel.workspaces.goals import GOALS
from pixel.workspaces.pixel_defaults import Gpc, PixelConsent, PixelMode
from pixel.workspaces.report_kind import ReportRecord, ReportResponse
from pixel.workspaces.reports import REPORTS
from pixel.workspaces.rules import Rules
from pixel.workspaces.share_link_kind import ShareLinkRecord, ShareLinkResponse
from pixel.workspaces.share_links import SHARE_LINKS
from pixel.workspaces.website_kind import WebsiteRecord, WebsiteResponse
from pixel.workspaces.websites import WEBSITES
from tools.openapi.alert_fields import PREVIEW_EXAMPLE, TIME_OF_DAY, alert_field_types, alert_points
from tools.openapi.dashboard_operations import field_types
from tools.openapi.hook_operations import FIELDS as FIELDS_OF_DESTINATIONS
from tools.openapi.models import adapters_of, schemas_of
from tools.openapi.schema import Schema, array, integer, moment, nullable, number, one_of, record, schema, text

RULES: tuple[Rules, ...] = (ALERTS, DESTINATIONS, GOALS, REPORTS, SHARE_LINKS, WEBSITES)
_RESPONSES = (
    WebsiteResponse,
    GoalResponse,
    AlertResponse,
    ReportResponse,
    ShareLinkResponse,
    DestinationResponse,
    WebsiteRecord,
    GoalRecord,
    AlertRecord,
    ReportRecord,
    ShareLinkRecord,
    DestinationRecord,
)
# What the types leave out. Times are text in answers and in the table.
_MOMENT = {"format": "date-time"}
_MORE: dict[str, Schema] = {
    "id": {"description": "Its id, with a prefix for the kind of record."},
    "website_id": {"description": "The website's id."},
    "domain": {"description": "In lower case; other letters as punycode."},
    "timezone": {"description": "The IANA name of the time zone of its reports."},
    "currency": {"description": "An ISO 4217 code: of a website that of its reports, of a goal that of its value."},
    "aliases": {"description": "Other domains that are this website too."},
    "pixel": {"description": "How its browser pixel works."},
    "value": {"description": "What a conversion is worth whose event brings no value."},
    "createdAt": _MOMENT,
    "created_at": _MOMENT,
    "updated_at": _MOMENT,
    "deleted_at": _MOMENT,
    "revision": {"description": "Counts its changes from 1; the ETag is this number in quotes.", "minimum": 1},
    "selector": {"description": "A URL pattern, event: and the name of a custom event, or a CSS selector."},
    "metric": {"description": "One of those of p_metric_series."},
    "last_sent_at": _MOMENT,
    "url_host": {"description": "The host of its address, which is itself never answered."},
    "events": {"description": "What it is told of; null for all."},
    "website_ids": {"description": "The websites whose events it is told of; null for all."},
    "disabled_reason": {"description": "Why the API disabled it: its receiver is gone, or failed for five days."},
    "failing_since": {**_MOMENT, "description": "Since when nothing could be delivered to it."},
    "next_at": {**_MOMENT, "description": "When it is sent next; null until that is worked out."},
    "kind": {"description": "Of a goal what it waits for, of an alert what its values are compared with."},
    "state": {"description": "What an alert is. paused: not enabled; learning: too little is known yet."},
    "since": {**_MOMENT, "description": "Since when the state is what it is."},
    "last_value": {"description": "The metric in the last window."},
    "last_evaluated_at": _MOMENT,
    "undeliverable": {"description": "Why nobody is told: no_recipients, no_destination, mail_is_off, or null."},
    "verdicts": {"description": "What the last eight windows were judged to be, the last one first."},
    "snoozed_until": _MOMENT,
    "token_prefix": {"description": "The beginning of the token, to tell links apart."},
    "expires_at": _MOMENT,
}
_PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*$"
_FIELDS: dict[Any, Schema] = {
    models.Name: text("Printable; trimmed."),
    models.WebsiteId: text("The id of a website of the workspace.", pattern=f"^{WEBSITE_ID}$"),
    models.Expiry: moment("In the future, with a time zone."),
    pixel_settings.Mode: one_of([*get_args(PixelMode)], "Who is a visitor: a hash of a day or a random id."),
    pixel_settings.Consent: one_of([*get_args(PixelConsent)], "required: nothing is sent before consent."),
    pixel_settings.OneGpc: one_of([*get_args(Gpc)], "What Global Privacy Control of a browser does."),
    pixel_settings.Flag: {"type": "boolean"},
    pixel_settings.Parameters: array(
        text(maxLength=pixel_settings.PARAMETER_CHARACTERS_MAX),
        "Names of query parameters that stay in addresses.",
        maxItems=pixel_settings.LISTED_MAX,
    ),
    pixel_settings.Patterns: array(
        text(maxLength=pixel_settings.PATTERN_CHARACTERS_MAX),
        "Paths that are not counted, such as /admin*.",
        maxItems=pixel_settings.LISTED_MAX,
    ),
    domains.Domains: array(text(), "Domains alone, such as shop.example.org.", maxItems=domains.DOMAINS_MAX),
    domains.Domain: text("The domain alone, such as shop.example.com; once in a workspace."),
    websites.TimeZone: text("An IANA name; without it UTC.", format="iana-time-zone"),
    websites.Currency: text("ISO 4217, such as EUR.", format="iso-4217", pattern="^[A-Za-z]{3}$"),
    goals.Selector: text(
        "A URL pattern, which begins with / or https:// and may contain * five times; event: and the name of a custom "
        "event; or else a CSS selector, whose clicks the browser pixel sends."
    ),
    goals.Value: number(
        "What a conversion is worth whose event brings no value, that of a page among them, with at most "
        f"{DECIMALS_MAX} decimal places; also as text."
    ),
    models.Flag: {"type": "boolean"},
    **alert_field_types(),
    reports.OneCadence: one_of(list(get_args(vocabulary.Cadence))),
    reports.OneChannel: one_of(list(get_args(vocabulary.ReportChannel))),
    recipients.Recipients: array(text(), "E-mail addresses, or for slack channels such as #sales; unique."),
    reports.TimeOfDay: text("The local time of sending.", pattern=TIME_OF_DAY),
    reports.Weekday: integer("The day of a weekly report, 1 for Monday."),
    reports.Sections: array(one_of(list(vocabulary.SECTIONS)), "What it shows.", minItems=1),
    share_links.LinkName: text("Not shown to viewers."),
    models.Days: integer("In place of expires_at: days from now."),
    share_links.Password: text("Only its hash is kept.", pattern=_PRINTABLE),
    **FIELDS_OF_DESTINATIONS,
    **field_types(),
}
_BY_KIND = (ALERTS.kind.noun, "threshold")
"""A field that only some need: an anomaly has a threshold of its own."""
_SECRETS: dict[str, dict[str, Schema]] = {
    SHARE_LINKS.kind.noun: {
        "token": text("The token of the link. It is shown once; only its hash is kept."),
        "url": text("The address of the dashboard that it opens, shown once with the token.", format="uri"),
    },
    DESTINATIONS.kind.noun: {
        "secret": nullable(text("Of a webhook: what its messages are signed with. It is shown once.")),
    },
}
EXAMPLES: dict[str, tuple[Schema, Schema]] = {
    WEBSITES.kind.noun: (
        {"domain": "shop.example.com", "name": "Shop", "timezone": "Europe/Berlin", "currency": "EUR"},
        {"name": "Our shop"},
    ),
    GOALS.kind.noun: (
        {"website_id": "admx_demo", "name": "Order", "selector": "/thanks*", "value": 49.9, "currency": "EUR"},
        {"selector": "https://example.com/thanks*"},
    ),
    ALERTS.kind.noun: (
        {
            "website_id": "admx_demo",
            "metric": "bounce_rate",
            "threshold": 0.75,
            "channel": "slack",
            "recipients": ["#sales"],
            "window": "1d",
        },
        {"threshold": 0.8},
    ),
    DESTINATIONS.kind.noun: (
        {
            "kind": "webhook",
            "name": "Warehouse",
            "url": "https://hooks.example.com/pixel",
            "events": ["alert.fired", "alert.recovered"],
        },
        {"enabled": True},
    ),
    REPORTS.kind.noun: (
        {"website_id": "admx_demo", "cadence": "weekly", "channel": "email", "recipients": ["ann@example.com"]},
        {"cadence": "monthly"},
    ),
    SHARE_LINKS.kind.noun: (
        {
            "website_id": "admx_demo",
            "name": "Investors",
            "expires_in_days": 90,
            "panels": ["summary", "series", "sources"],
            "filters": {"country": "DE"},
        },
        {"expires_at": None},
    ),
}
"""A body that creates a record, and one that changes it, by noun."""


def schemas() -> dict[str, Schema]:
    """Return the schemas of records, of bodies and of deletions by name."""
    found = {
        name.removesuffix("Response"): {**one, "properties": _described(one["properties"])}
        for name, one in schemas_of(adapters_of(*_RESPONSES), {}).items()
    }
    models_of_bodies = [model for rules in RULES for model in (rules.new, rules.changes)]
    bodies = schemas_of(adapters_of(*models_of_bodies, AlertPreview), _FIELDS)
    bodies[AlertPreview.__name__] |= {"required": ["website_id", "metric"], "example": PREVIEW_EXAMPLE}
    for rules in RULES:
        new, changes = EXAMPLES[rules.kind.noun]
        bodies[rules.new.__name__]["example"] = new
        bodies[rules.new.__name__]["required"] = [
            name for name in bodies[rules.new.__name__]["required"] if (rules.kind.noun, name) != _BY_KIND
        ]
        patch = bodies[rules.changes.__name__]
        properties = {name: _merged(one) for name, one in patch["properties"].items()}
        bodies[rules.changes.__name__] = {**patch, "properties": properties, "minProperties": 1, "example": changes}
        if rules.kind.noun in _SECRETS:
            whole = found[record_name(rules)]
            secret = _SECRETS[rules.kind.noun]
            properties = {**whole["properties"], **secret}
            found[issued_name(rules)] = {**whole, "properties": properties, "required": [*whole["required"], *secret]}
        found[deletion_name(rules)] = _deletion(rules)
    return {**found, **bodies, "AlertPoints": alert_points()}


def row_name(rules: Rules) -> str:
    """Return the name of the schema of a row of a list, such as ShareLink."""
    return rules.kind.noun.title().replace(" ", "")


def record_name(rules: Rules) -> str:
    return f"{row_name(rules)}Record"


def issued_name(rules: Rules) -> str:
    """Return the name of the schema of a record that is answered with its new secret, if it has one."""
    return f"Issued{row_name(rules)}" if rules.kind.noun in _SECRETS else record_name(rules)


def deletion_name(rules: Rules) -> str:
    return f"Deleted{row_name(rules)}"


def body(rules: Rules, *, new: bool) -> Schema:
    """Return the body that creates a record, or the one that changes it."""
    named = schema((rules.new if new else rules.changes).__name__)
    types = ("application/json",) if new else ("application/merge-patch+json", "application/json")
    return {"required": True, "content": {media_type: {"schema": named} for media_type in types}}


def _deletion(rules: Rules) -> Schema:
    counts = {kind.plural: integer(minimum=0) for kind in rules.children}
    return record(
        {
            "id": text(),
            "deleted_at": moment(),
            "went_with_it": {**record(counts), "description": "How many records of each kind were deleted with it."},
        }
    )


def _merged(field: Schema) -> Schema:
    """Return the schema of a field of a merge patch, in whose objects null removes."""
    if field.get("type") != "object":
        return field
    parts = {name: {"anyOf": [one, {"type": "null"}]} for name, one in field["properties"].items()}
    return {**field, "properties": parts, "description": f"{field['description']} Merged; null removes one."}


def _described(properties: dict[str, Schema]) -> dict[str, Schema]:
    return {name: {**_MORE.get(name, {}), **found} for name, found in properties.items()}
