"""What the demo workspaces own: a website each, and on it some of everything that the list routes list."""

from pixelctl.record_kinds import ALERT, GOAL, REPORT, SHARE_LINK, WEBSITE
from pixelctl.records import create_record
from pixelctl.share_links import create_share_link
from pixelctl.target import Target
from pixelctl.websites import create_website

_PASSWORD = "demo-password"

# Ends of ids stay the same, so that a script finds the records after a restart. Goals are those of the made-up traffic.
_RECORDS = (
    (GOAL, "signup", {"name": "signup", "selector": "form#signup button[type='submit']"}),
    (GOAL, "newsletter", {"name": "newsletter", "selector": "/newsletter/thanks*"}),
    (ALERT, "quiet", {"metric": "visitors", "threshold": "100", "channel": "email"}),
    (ALERT, "bounces", {"metric": "bounce_rate", "threshold": "0.75", "channel": "slack"}),
    (REPORT, "weekly", {"cadence": "weekly", "channel": "email", "recipients": "ann@example.com,bob@example.com"}),
    (REPORT, "daily", {"cadence": "daily", "channel": "slack", "recipients": "#growth"}),
)


def create(target: Target, workspace_id: str, name: str) -> str:
    """The id of the website."""
    website_id = f"{WEBSITE.id_prefix}_{name}"
    website = WEBSITE.checked_new({"domain": f"{name}.example.com", "name": f"Demo site of {name}"})
    create_website(target, workspace_id, website, website_id=website_id)
    for kind, ending, given in _RECORDS:
        record_id = f"{kind.id_prefix}_{name}_{ending}"
        create_record(target, kind, workspace_id, kind.checked_new(given), website_id=website_id, record_id=record_id)
    for ending, expires, password in (("board", "never", _PASSWORD), ("trial", "30d", None)):
        values = SHARE_LINK.checked_new({"expires_at": expires})
        link_id = f"{SHARE_LINK.id_prefix}_{name}_{ending}"
        create_share_link(target, workspace_id, website_id, values, password=password, share_link_id=link_id)
    return website_id
