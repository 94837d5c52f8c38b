"""The operator's command. What it does is importable, so that the embedded stack seeds its demo the same way:

failures       what can go wrong, as sentences
target         the stack to work on: clients, and physical names of its resources
tables         DynamoDB reads and conditional writes
usage_plans    API Gateway usage plans and the one key that each workspace has in them
workspaces     workspaces: create, find, list
api_keys       API keys: create, find, list, rotate, revoke
provisioning   what hangs together: a workspace's limit, its usage plan and its keys
expiry         90d, 2026-12-31 and the like
record_values  what may be written for a domain, a selector, a threshold or recipients
record_kinds   websites, goals, alerts, reports and share links: their fields, and what these must satisfy
records        the life of a record: create, list, find, update, delete
websites       what websites have beyond it: their domain, and what goes with them
passwords      passwords of share links: asked for, hashed
share_links    what share links have beyond records: token and password
dead_letters   rows that wait for a decision: find, replay, purge
event_files    events of a file in batches, as a stream
event_progress how far the sending of a file has come, and its rejects
event_sending  batches to the API over HTTP, patiently
event_display  a progress bar
output         tables for people, JSON for scripts
command_line   parsers with the shared options, and hints
*_commands     one function a command
*_arguments    what the commands of records take
arguments      the command line
"""
