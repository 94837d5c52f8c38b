"""GET /api/v1/pixel/destinations/{id} - one destination; never an address or a secret."""

from pixel.workspaces.destination_kind import DESTINATION
from pixel.workspaces.get_route import get_route

handler = get_route(DESTINATION)
