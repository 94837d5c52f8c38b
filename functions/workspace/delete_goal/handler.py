"""DELETE /api/v1/pixel/goals/{id} - deletes a goal."""

from pixel.ingest.goal_rows import publishing
from pixel.workspaces.goals import GOALS
from pixel.workspaces.record_routes import delete_route

handler = delete_route(GOALS, publishing)
