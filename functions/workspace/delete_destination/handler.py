"""DELETE /api/v1/pixel/destinations/{id} - deletes a destination with its address and its secret."""

from pixel.hooks.destinations import DESTINATIONS
from pixel.workspaces.record_routes import delete_route

handler = delete_route(DESTINATIONS)
