"""Believable traffic of any size, the same for the same seed and end: rows as the four datasources take them.

choices     weighted choices, quick enough for millions
places      countries, regions and cities with their languages and hours
machines    devices, browsers, systems and screens that fit each other
sources     where visits come from: search, social, campaigns, assistants
bots        who is no visitor, and why
sites       the pages of a website, the ways through them, what it sells
calendar    the rhythm of days and weeks
rows        the columns of each datasource
visits      visitors, their visits and what they do
sending     rows as bodies for /v0/events
demo        the demo's two workspaces
"""
