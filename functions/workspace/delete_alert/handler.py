"""DELETE /api/v1/pixel/alerts/{id} - deletes an alert."""

from pixel.workspaces.alerts import ALERTS
from pixel.workspaces.record_routes import delete_route

handler = delete_route(ALERTS)
