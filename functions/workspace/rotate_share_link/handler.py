"""POST /api/v1/pixel/share-links/{id}/rotate - a new token for a share link; the old one ends at once."""

from pixel.workspaces.record_routes import rotate_route
from pixel.workspaces.share_links import SHARE_LINKS

handler = rotate_route(SHARE_LINKS)
