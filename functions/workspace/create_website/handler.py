"""POST /api/v1/pixel/websites - creates a website."""

from pixel.workspaces.record_routes import create_route
from pixel.workspaces.websites import WEBSITES

handler = create_route(WEBSITES)
