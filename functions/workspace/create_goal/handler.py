"""POST /api/v1/pixel/goals - creates a goal."""

from pixel.ingest.goal_rows import publishing
from pixel.workspaces.goals import GOALS
from pixel.workspaces.record_routes import create_route

handler = create_route(GOALS, publishing)
