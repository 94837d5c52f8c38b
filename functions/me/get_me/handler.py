"""GET /api/v1/me - the calling API key, its scopes, its websites and its rate limit."""

from pixel.auth.rate_limit import WINDOW_SECONDS
from pixel.faces.directory import limit_classes_of
from pixel.foundation.clock import to_iso
from pixel.http.response import Response
from pixel.http.route import Request, route


@route(scope=None)
def handler(request: Request) -> Response:
    caller = request.caller
    own_limits = {one.name: caller.limit(one) for one in limit_classes_of(caller.scopes)}
    return Response(
        {
            "key_id": caller.key_id,
            "name": caller.name,
            "workspace_id": caller.workspace_id,
            "scopes": caller.scopes,
            "website_ids": caller.website_ids,
            "expires_at": None if caller.expires_at is None else to_iso(caller.expires_at),
            "rate_limit": {"limit": caller.rate_limit, "window_seconds": WINDOW_SECONDS},
            "limits": {
                name: {"limit": limit.requests, "window_seconds": limit.window_seconds}
                for name, limit in own_limits.items()
            },
        }
    )
