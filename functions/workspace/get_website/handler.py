"""GET /api/v1/pixel/websites/{id} - one website."""

from pixel.workspaces.get_route import get_route
from pixel.workspaces.website_kind import WEBSITE

handler = get_route(WEBSITE)
