"""What every function of Pixel API imports. Each package imports only from those above it:

foundation   errors, settings, logs and time
aws          AWS services; no other package knows how they are called
tinybird     Tinybird: calls, tokens, the catalogue of pipes; no other package talks to it
auth         API keys, callers, the rate limit; the authorizer starts with nothing more
http         requests and responses, whatever the route
workspaces   what a workspace owns, and the rules of each record
events       what an event is: models, privacy, rows; pure functions without I/O
ingest       events on their way in, until they are kept
reports      questions asked of a pipe, and their answers
health       checks of what the API stands on
"""

import gc

__version__ = "0.1.0"

# A start makes some ten thousand objects that stay; the collector would go through them again and again: 6 % of it.
gc.set_threshold(50_000)
