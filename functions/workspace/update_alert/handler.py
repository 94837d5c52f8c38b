"""PATCH /api/v1/pixel/alerts/{id} - changes the given fields of an alert."""

from pixel.workspaces.alerts import ALERTS
from pixel.workspaces.record_routes import update_route

handler = update_route(ALERTS)
