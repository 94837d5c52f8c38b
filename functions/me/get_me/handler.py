"""GET /api/v1/me - the calling API key, its scopes, its websites and its rate limit."""

from pixel.auth.rate_limit import WINDOW_SECONDS
from pixel.foundation.clock import to_iso
from pixel.http.response import Response
from pixel.http.route import Request, route


@route(scope=None)
def handler(request: Request) -> Response:
    caller = request.caller
    return Response(
        {
            "key_id": caller.key_id,
            "name": caller.name,
            "workspace_id": caller.workspace_id,
            "scopes": caller.scopes,
            "website_ids": caller.website_ids,
            "expires_at": None if caller.expires_at is None else to_iso(caller.expires_at),
            "rate_limit": {"limit": caller.rate_limit, "window_seconds": WINDOW_SECONDS},
        }
    )
