"""PATCH /api/v1/pixel/destinations/{id} - changes the given fields of a destination."""

from pixel.hooks.destinations import DESTINATIONS
from pixel.workspaces.record_routes import update_route

handler = update_route(DESTINATIONS)
