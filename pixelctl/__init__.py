"""The operator's command. What it does is importable, so that the embedded stack seeds its demo the same way:

failures       what can go wrong, as sentences
target         the stack to work on: clients, and physical names of its resources
tables         DynamoDB reads and conditional writes
usage_plans    API Gateway usage plans and the one key that each workspace has in them
workspaces     workspaces: create, find, list
api_keys       API keys: create, find, list, rotate, revoke
provisioning   what hangs together: a workspace's limit, its usage plan and its keys
expiry         90d, 2026-12-31 and the like
output         tables for people, JSON for scripts
command_line   parsers with the shared options, and hints
*_commands     one function a command
arguments      the command line
"""
