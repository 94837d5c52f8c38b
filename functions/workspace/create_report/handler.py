"""POST /api/v1/pixel/reports - creates a report."""

from pixel.workspaces.record_routes import create_route
from pixel.workspaces.reports import REPORTS

handler = create_route(REPORTS)
