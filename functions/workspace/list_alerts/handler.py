"""GET /api/v1/pixel/alerts - the alerts of the workspace, or of one website."""

from pixel.workspaces.list_route import list_route
from pixel.workspaces.records import ALERT

handler = list_route(ALERT)
