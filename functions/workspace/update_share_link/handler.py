"""PATCH /api/v1/pixel/share-links/{id} - changes the given fields of a share link."""

from pixel.workspaces.record_routes import update_route
from pixel.workspaces.share_links import SHARE_LINKS

handler = update_route(SHARE_LINKS)
