"""GET /api/v1/pixel/reports - the reports of the workspace, or of one website."""

from pixel.workspaces.list_route import list_route
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.shown import records_shown

handler = list_route(REPORT, shown=records_shown)
