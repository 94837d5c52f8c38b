"""PATCH /api/v1/pixel/goals/{id} - changes the given fields of a goal."""

from pixel.ingest.goal_rows import publishing
from pixel.workspaces.goals import GOALS
from pixel.workspaces.record_routes import update_route

handler = update_route(GOALS, publishing)
