"""Realistic traffic of any size, the same for the same seed and end, as rows of the four datasources.

choices     weighted choices, quick enough for millions
places      countries, regions and cities with their languages and hours
machines    devices, with browsers, systems and screens that fit them
sources     where visits come from: search, social, campaigns, assistants
bots        bots and the reasons why they count as bots
sites       the pages and products of a website, and the ways through its pages
calendar    the rhythm of days and weeks
rows        the columns of each datasource
visits      visitors, their visits and what they do
sending     rows as bodies for /v0/events
demo        the demo's two workspaces
"""
