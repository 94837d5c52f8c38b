"""GET /api/v1/pixel/alerts - the alerts of the workspace, or of one website."""

from pixel.workspaces.kinds import ALERT
from pixel.workspaces.list_route import list_route

handler = list_route(ALERT)
