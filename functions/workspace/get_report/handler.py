"""GET /api/v1/pixel/reports/{id} - one report."""

from pixel.workspaces.get_route import get_route
from pixel.workspaces.kinds import REPORT

handler = get_route(REPORT)
