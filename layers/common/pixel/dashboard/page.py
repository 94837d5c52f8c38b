"""The page: one HTML file for three doors, which differ in the relative addresses of assets and API alone."""

import re
from collections.abc import Sequence
from enum import Enum
from functools import cache
from typing import Final

from pixel.dashboard.assets import FOLDER, PAGE_FILE, AssetError, page_assets
from pixel.http.conditional import tagged
from pixel.http.public_route import PublicRequest
from pixel.http.response import Document, Response

_PLACEHOLDER = re.compile(r"\{\{([\w./-]+)\}\}", re.ASCII)
_ROOT_PLACEHOLDER = "root"
_FEATURES = (
    *("accelerometer", "autoplay", "browsing-topics", "camera"),
    *("display-capture", "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid"),
    *("identity-credentials-get", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi"),
    *("otp-credentials", "payment", "picture-in-picture", "publickey-credentials-create"),
    *("publickey-credentials-get", "screen-wake-lock", "serial", "storage-access", "usb"),
    *("window-management", "xr-spatial-tracking"),
)
SECURITY_HEADERS: Final = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _FEATURES),
    "X-Robots-Tag": "noindex",
}


class Door(Enum):
    """A path of the page: the relative address of the API's root from there."""

    SHARE = "../"
    EMBED = "../../"
    DASHBOARD = "./"


def page_response(request: PublicRequest, door: Door, *, frame_ancestors: Sequence[str] = ()) -> Response:
    """Return the page, which is the same for every token: nothing in it depends on the path."""
    headers = {
        **SECURITY_HEADERS,
        "Content-Security-Policy": content_security_policy(frame_ancestors),
        # Asked for each time, because the names of its assets change with each deployment.
        "Cache-Control": "no-cache",
    }
    return tagged(request, Document("text/html; charset=utf-8", page(door)), headers)


def content_security_policy(frame_ancestors: Sequence[str]) -> str:
    """Return the policy of the page, which the given origins may embed."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            f"frame-ancestors {' '.join(frame_ancestors) or "'none'"}",
            "require-trusted-types-for 'script'",
        )
    )


@cache
def page(door: Door) -> str:
    """Return the HTML of a door."""

    def filled(match: re.Match[str]) -> str:
        if match[1] == _ROOT_PLACEHOLDER:
            return door.value
        asset = page_assets().get(match[1])
        if asset is None:
            raise AssetError(f"the page names {match[1]}, which does not exist")
        return f"{door.value}share/assets/{asset.name}"

    return _PLACEHOLDER.sub(filled, (FOLDER / PAGE_FILE).read_text())
