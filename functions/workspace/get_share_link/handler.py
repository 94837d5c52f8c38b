"""GET /api/v1/pixel/share-links/{id} - one share link; never a token."""

from pixel.workspaces.get_route import get_route
from pixel.workspaces.share_link_kind import SHARE_LINK

handler = get_route(SHARE_LINK)
