"""GET /api/v1/pixel/alerts/{id} - one alert."""

from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.get_route import get_route

handler = get_route(ALERT)
