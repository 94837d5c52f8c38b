"""GET /api/v1/pixel/destinations - the destinations of the workspace; never an address or a secret."""

from pixel.workspaces.destination_kind import DESTINATION
from pixel.workspaces.list_route import list_route

handler = list_route(DESTINATION, filters=())
