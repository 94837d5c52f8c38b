"""GET /api/v1/pixel/alerts - the alerts of the workspace, or of one website."""

from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.list_route import list_route
from pixel.workspaces.shown import records_shown

handler = list_route(ALERT, shown=records_shown)
