"""GET /api/v1/pixel/reports - the reports of the workspace, or of one website."""

from pixel.workspaces.list_route import list_route
from pixel.workspaces.records import REPORT

handler = list_route(REPORT)
