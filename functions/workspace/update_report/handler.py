"""PATCH /api/v1/pixel/reports/{id} - changes the given fields of a report."""

from pixel.workspaces.record_routes import update_route
from pixel.workspaces.reports import REPORTS

handler = update_route(REPORTS)
