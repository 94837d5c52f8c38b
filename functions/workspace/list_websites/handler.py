"""GET /api/v1/pixel/websites - the websites of the workspace."""

from pixel.workspaces.list_route import list_route
from pixel.workspaces.records import WEBSITE

handler = list_route(WEBSITE)
