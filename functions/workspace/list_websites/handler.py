"""GET /api/v1/pixel/websites - the websites of the workspace."""

from pixel.workspaces.kinds import WEBSITE
from pixel.workspaces.list_route import list_route

handler = list_route(WEBSITE)
