"""GET /api/v1/pixel/websites - the websites of the workspace."""

from pixel.workspaces.list_route import list_route
from pixel.workspaces.website_kind import WEBSITE

handler = list_route(WEBSITE, filters=("website_id", "domain"))
