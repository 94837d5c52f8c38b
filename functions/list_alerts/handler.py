"""GET /api/v1/pixel/alerts - the alerts of the workspace, or of one website."""

from pixel.record_lists import list_route
from pixel.workspace_records import ALERT

handler = list_route(ALERT)
