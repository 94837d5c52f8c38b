"""POST /api/v1/pixel/destinations - creates a destination, whose secret is shown once."""

from pixel.hooks.destinations import DESTINATIONS
from pixel.workspaces.record_routes import create_route

handler = create_route(DESTINATIONS)
