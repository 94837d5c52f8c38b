"""PATCH /api/v1/pixel/websites/{id} - changes the given fields of a website."""

from pixel.workspaces.record_routes import update_route
from pixel.workspaces.websites import WEBSITES

handler = update_route(WEBSITES)
