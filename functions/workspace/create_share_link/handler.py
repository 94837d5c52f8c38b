"""POST /api/v1/pixel/share-links - creates a share link, whose token is shown once."""

from pixel.workspaces.record_routes import create_route
from pixel.workspaces.share_links import SHARE_LINKS

handler = create_route(SHARE_LINKS)
