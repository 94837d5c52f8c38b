"""DELETE /api/v1/pixel/share-links/{id} - deletes a share link."""

from pixel.workspaces.record_routes import delete_route
from pixel.workspaces.share_links import SHARE_LINKS

handler = delete_route(SHARE_LINKS)
