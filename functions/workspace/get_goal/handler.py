"""GET /api/v1/pixel/goals/{id} - one goal."""

from pixel.workspaces.get_route import get_route
from pixel.workspaces.goal_kind import GOAL

handler = get_route(GOAL)
