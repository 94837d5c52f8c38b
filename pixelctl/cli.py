"""The command line as a whole: its sections, and where the commands are."""

from typing import Final

import click

from pixel import __version__
from pixelctl.help_pages import Entry, Overview

_RECORDS: Final = "pixelctl.commands.record_groups"
_NUMBERS: Final = "pixelctl.commands.numbers"
_SECTIONS: Final = {
    "Numbers": {
        "query": Entry(_NUMBERS, "Print the rows of a pipe."),
        "top": Entry(_NUMBERS, "Print the top pages, sources, countries and the like."),
        "open": Entry("pixelctl.commands.dashboards", "Open the dashboard of a website in the browser.", "open_"),
    },
    "Workspaces and what they own": {
        "workspace": Entry("pixelctl.commands.workspaces", "Workspaces and their limits."),
        "key": Entry("pixelctl.commands.keys", "API keys of a workspace."),
        "website": Entry(_RECORDS, "Websites of a workspace."),
        "goal": Entry(_RECORDS, "Goals of a website."),
        "alert": Entry(_RECORDS, "Alerts of a website."),
        "report": Entry(_RECORDS, "Scheduled reports of a website."),
        "share-link": Entry(_RECORDS, "Public links to a website's dashboard."),
        "destination": Entry("pixelctl.commands.destinations", "Where webhooks and messages of Slack are sent."),
        "dashboard": Entry("pixelctl.commands.dashboards", "Dashboards of websites."),
    },
    "Short links": {
        "link": Entry("pixelctl.commands.links", "Short links of a workspace."),
        "domain": Entry("pixelctl.commands.links", "The domain of short links."),
        "clicks": Entry("pixelctl.commands.clicks", "Clicks that are in the log alone."),
    },
    "Mail": {
        "mail": Entry("pixelctl.commands.mail", "Links in mail, and who may be sent mail."),
    },
    "Events": {
        "events": Entry("pixelctl.commands.events", "Send events to the API, and show where they are."),
        "source": Entry(
            "pixelctl.commands.sources", "Event sources other than the API: queue, bus, topic, stream and files."
        ),
        "dead-letter": Entry(
            "pixelctl.commands.dead_letters", "Rows that could not be stored, and events that were refused."
        ),
    },
    "Operation": {
        "edge": Entry("pixelctl.commands.edge", "CloudFront in front of the browser pixel and of dashboards."),
        "doctor": Entry("pixelctl.commands.doctor", "Check a live stack, from its resources to a counted event."),
        "tick": Entry("pixelctl.commands.ticks", "Do what is due in the embedded stack at another time."),
    },
}

root = Overview(
    "pixelctl",
    sections=_SECTIONS,
    help="Manage the workspaces of a Pixel API stack, and read their numbers.",
    examples=(
        "workspace create 'Acme'",
        "key create ws_... --scopes pixel:read,pixel:write",
        "website create ws_... --domain shop.example.com",
        "top pages --website admx_... --from 2026-11-01",
        "goal --help",
    ),
)
click.version_option(__version__, message="%(prog)s %(version)s")(root)
