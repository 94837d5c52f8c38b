"""GET /api/v1/pixel/reports - the reports of the workspace, or of one website."""

from pixel.record_lists import list_route
from pixel.workspace_records import REPORT

handler = list_route(REPORT)
