"""GET /api/v1/pixel/share-links - the share links of the workspace, or of one website; never a token."""

from pixel.workspaces.kinds import SHARE_LINK
from pixel.workspaces.list_route import list_route

handler = list_route(SHARE_LINK)
