"""GET /api/v1/pixel/goals - the goals of the workspace, or of one website."""

from pixel.workspaces.list_route import list_route
from pixel.workspaces.records import GOAL

handler = list_route(GOAL)
