"""GET /api/v1/pixel/destinations/{id} - one destination; never an address or a secret."""

from pixel.workspaces.get_route import get_route
from pixel.workspaces.kinds import DESTINATION

handler = get_route(DESTINATION)
