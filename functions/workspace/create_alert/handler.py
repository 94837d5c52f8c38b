"""POST /api/v1/pixel/alerts - creates an alert."""

from pixel.workspaces.alerts import ALERTS
from pixel.workspaces.record_routes import create_route

handler = create_route(ALERTS)
