"""GET /api/v1/pixel/alerts/{id} - one alert."""

from pixel.workspaces.get_route import get_route
from pixel.workspaces.kinds import ALERT

handler = get_route(ALERT)
