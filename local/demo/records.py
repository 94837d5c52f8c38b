"""The records of a demo workspace: a website with some goals, alerts, reports and share links."""

from datetime import timedelta

from local.demo.past import as_of
from pixel.foundation.clock import now
from pixel.hooks.destinations import DESTINATIONS, NewDestination
from pixel.workspaces.alerts import ALERTS
from pixel.workspaces.destination_kind import DESTINATION
from pixel.workspaces.goals import GOALS
from pixel.workspaces.models import checked
from pixel.workspaces.reports import REPORTS
from pixel.workspaces.share_link_kind import SHARE_LINK
from pixel.workspaces.share_links import SHARE_LINKS, NewShareLink
from pixel.workspaces.store import Store
from pixel.workspaces.vocabulary import DestinationKind, EventType
from pixel.workspaces.website_kind import WEBSITE
from pixel.workspaces.websites import WEBSITES, NewWebsite

_PASSWORD = "demo-password"

# Ids are fixed, so that scripts find the records after a restart. Goals are those of the generated traffic.
_RECORDS = (
    (GOALS, "signup", {"name": "Sign-up", "selector": "event:signup"}),
    (GOALS, "order", {"name": "Order", "selector": "/thanks", "value": 49.9, "currency": "EUR"}),
    (GOALS, "blog", {"name": "Blog", "selector": "/blog/*"}),
    (GOALS, "menu", {"name": "Menu", "selector": "nav#menu button"}),
    (
        ALERTS,
        "quiet",
        {
            "name": "Fewer than 500 visitors in a day",
            "metric": "visitors",
            "direction": "below",
            "threshold": 500,
            "channel": "email",
            "recipients": ["ann@example.com"],
            "window": "1d",
        },
    ),
    (
        ALERTS,
        "night",
        {
            "name": "Hardly anybody is here",
            "metric": "visitors",
            "direction": "below",
            "threshold": 3,
            "clear": 0,
            "for": 2,
            "recover": 1,
            "cooldown_minutes": 0,
            "channel": "email",
            "recipients": ["ann@example.com"],
            "window": "1h",
        },
    ),
    (
        ALERTS,
        "bounces",
        {
            "name": "Bounces",
            "metric": "bounce_rate",
            "threshold": 0.75,
            "channel": "slack",
            "recipients": ["#growth"],
            "window": "1d",
        },
    ),
    (
        REPORTS,
        "weekly",
        {"cadence": "weekly", "channel": "email", "recipients": ["ann@example.com", "bob@example.com"]},
    ),
    (REPORTS, "daily", {"cadence": "daily", "channel": "slack", "recipients": ["#growth"]}),
)

_OF_ALERTS_AND_REPORTS: list[EventType] = ["alert.fired", "alert.recovered", "alert.missing", "report.ready"]
_DESTINATIONS: tuple[tuple[str, DestinationKind, str, str, list[EventType] | None], ...] = (
    ("growth", "slack", "#growth", "/_local/slack/growth", None),
    ("sink", "webhook", "Sink of this machine", "/_local/hook/demo", _OF_ALERTS_AND_REPORTS),
)


def create(store: Store, workspace_id: str, name: str, url: str, began_before: timedelta) -> str:
    """Create the records and return the id of the website.

    Destinations lead to the stack that serves at `url`. Alerts and reports believe that they were created earlier.
    """
    website_id = f"{WEBSITE.id_prefix}_{name}"
    website = NewWebsite(
        domain=f"{name}.example.com", name=f"Demo site of {name}", timezone="Europe/Berlin", currency="EUR"
    )
    WEBSITES.create(store, workspace_id, website, record_id=website_id)
    for ending, kind, label, path, events in _DESTINATIONS:
        asked = {} if events is None else {"events": events}
        destination = checked(NewDestination, {"kind": kind, "name": label, "url": f"{url}{path}", **asked})
        record_id, secret = f"{DESTINATION.id_prefix}_{name}_{ending}", DESTINATIONS.issue()
        DESTINATIONS.create(store, workspace_id, destination, record_id=record_id, secret=secret)
    for rules, ending, given in _RECORDS:
        record_id = f"{rules.kind.id_prefix}_{name}_{ending}"
        new = checked(rules.new, {"website_id": website_id, **given})
        with as_of(now() - began_before):
            rules.create(store, workspace_id, new, record_id=record_id)
    board = NewShareLink(website_id=website_id, password=_PASSWORD)
    trial = NewShareLink(website_id=website_id, expires_at=now() + timedelta(days=30))
    for ending, link in (("board", board), ("trial", trial)):
        record_id = f"{SHARE_LINK.id_prefix}_{name}_{ending}"
        SHARE_LINKS.create(store, workspace_id, link, record_id=record_id, secret=SHARE_LINKS.issue())
    return website_id
