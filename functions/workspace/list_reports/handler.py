"""GET /api/v1/pixel/reports - the reports of the workspace, or of one website."""

from pixel.workspaces.kinds import REPORT
from pixel.workspaces.list_route import list_route

handler = list_route(REPORT)
