"""GET /api/v1/pixel/websites - the websites of the workspace."""

from pixel.record_lists import list_route
from pixel.workspace_records import WEBSITE

handler = list_route(WEBSITE)
