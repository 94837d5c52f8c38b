"""The code of every Pixel API function.

Each package imports only from those above it:

foundation   errors, settings, logs and time
aws          AWS services; no other package knows how they are called
tinybird     Tinybird: calls, tokens, the catalogue of pipes; no other package talks to it
faces        how the answers, limits and keys of each API differ: declarations, and no work
auth         API keys, callers, the rate limit; the authorizer starts with nothing more
http         requests and responses, common to all routes
events       what an event is: models, privacy, rows, filters; pure functions without I/O
workspaces   what a workspace owns, and the rules of each record
ingest       events on their way in, until they are kept
collect      events of browsers: who may send them, who is a visitor, and the script that sends them
reports      queries of pipes, and their responses
health       checks of the services that the API depends on
infinity     the routes of the face Infinity Metrics: its events, purchases and analytics
links        short links: their rules and their store
pxl          the routes of the face Pxl: short links, and what their clicks were
redirects    what a visitor of a short link is answered, and the click that is recorded of it
smart_links  the routes of the face Linquid, which manage short links
dashboard    the page of a share link or of an owner, its sessions and its numbers
hooks        destinations' deliveries: signatures, retries, and which addresses may be called
mail         reports and alerts as mail and as Slack blocks, and who may be sent mail
automation   what happens by itself: due items, alerts that are evaluated, messages that are sent once
"""

import gc

__version__ = "0.1.0"

# A cold start creates up to sixty thousand objects that live as long as the process. With the default threshold the
# garbage collector would traverse them repeatedly, which takes 6 % of a cold start.
gc.set_threshold(100_000)
