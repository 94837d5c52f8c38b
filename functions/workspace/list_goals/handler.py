"""GET /api/v1/pixel/goals - the goals of the workspace, or of one website."""

from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.list_route import list_route

handler = list_route(GOAL)
