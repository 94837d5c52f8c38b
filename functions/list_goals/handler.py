"""GET /api/v1/pixel/goals - the goals of the workspace, or of one website."""

from pixel.record_lists import list_route
from pixel.workspace_records import GOAL

handler = list_route(GOAL)
