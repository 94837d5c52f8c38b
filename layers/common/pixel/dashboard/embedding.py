"""Who may embed a dashboard: GET /share/{token}/embed, and GET /dashboard with a signed list of origins."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote

from pixel.aws.json_service import AwsError
from pixel.dashboard.page import Door, page_response
from pixel.dashboard.share_lookup import find_link
from pixel.dashboard.signing import NotSignedError, Purpose, sign, signed_content
from pixel.foundation.errors import ApiError
from pixel.foundation.observability import logger
from pixel.http.public_route import PublicRequest
from pixel.http.response import Response

ORIGINS: Final = "embed"
"""The parameter of /dashboard that holds the origins, because its session is behind the #, where no server sees it."""


def embed_response(request: PublicRequest) -> Response:
    """Return the page for the origins that the link allows; for an unknown link nobody may embed it."""
    return page_response(request, Door.EMBED, frame_ancestors=_origins_of_link(unquote(request.path["token"])))


def dashboard_response(request: PublicRequest) -> Response:
    """Return the page for the origins that the owner's server asked for."""
    return page_response(request, Door.DASHBOARD, frame_ancestors=_signed_origins(request))


def signed_origins(origins: Sequence[str], *, secret: str | None = None) -> str:
    """Return the value of the parameter."""
    return sign(Purpose.EMBED, {"origins": list(origins)}, secret=secret)


def _origins_of_link(token: str) -> Sequence[str]:
    try:
        found = find_link(token)
    except AwsError as failure:
        logger.error("who may embed is unknown, so nobody may", reason=str(failure))
        return ()
    return () if found is None else found[0].get("embed_origins", ())


def _signed_origins(request: PublicRequest) -> Sequence[str]:
    given = request.query.get(ORIGINS)
    if not given:
        return ()
    try:
        return tuple(signed_content(Purpose.EMBED, given[-1])["origins"])
    except (NotSignedError, ApiError, AwsError):
        return ()
