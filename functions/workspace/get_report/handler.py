"""GET /api/v1/pixel/reports/{id} - one report."""

from pixel.workspaces.get_route import get_route
from pixel.workspaces.report_kind import REPORT

handler = get_route(REPORT)
