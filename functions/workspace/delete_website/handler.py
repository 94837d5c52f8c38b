"""DELETE /api/v1/pixel/websites/{id} - deletes a website and everything that belongs to it."""

from pixel.ingest.goal_rows import publishing
from pixel.workspaces.record_routes import delete_route
from pixel.workspaces.websites import WEBSITES

handler = delete_route(WEBSITES, publishing)
