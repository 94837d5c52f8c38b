"""DELETE /api/v1/pixel/reports/{id} - deletes a report."""

from pixel.workspaces.record_routes import delete_route
from pixel.workspaces.reports import REPORTS

handler = delete_route(REPORTS)
