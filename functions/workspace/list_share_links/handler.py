"""GET /api/v1/pixel/share-links - the share links of the workspace, or of one website; never a token."""

from pixel.workspaces.list_route import list_route
from pixel.workspaces.share_link_kind import SHARE_LINK

handler = list_route(SHARE_LINK)
