"""Whose word about the address of a visitor is believed, and how it is written.

The address is that of the socket, unless X-Pixel-Proxy proves who passes the request on: the edge, which is the
distribution of stacks/edge.yaml, or a proxy that has the secret of a publishable key. CloudFront says the address in
CloudFront-Viewer-Address, others in X-Forwarded-For, to which API Gateway adds the address of the proxy. Anybody can
send these headers, so without a secret they say nothing.
"""

import hmac
import re
from ipaddress import ip_address
from typing import Final

from pixel.auth import reader_limits
from pixel.auth.keys import KeyRecord, digest
from pixel.aws.json_service import AwsError
from pixel.aws.secrets import read_secret, refresh_secret
from pixel.foundation.observability import logger
from pixel.foundation.settings import ConfigurationError, settings
from pixel.http.public_route import PublicRequest

EDGE_SECRETS: Final = "edge-secrets"
"""The secret of the edge, and behind a space the one that it may still send: CloudFront takes minutes to change it."""
EDGE_HEADER: Final = "edge-header"
"""The secret for CloudFormation, which can only read what is not encrypted. Each version is a secret of its own."""

_PROOF: Final = "x-pixel-proxy"
_ON: Final = "true"
_PORT = re.compile(r"(?<=[\d\].]):\d{1,5}$")


def is_from_edge(request: PublicRequest) -> bool:
    """Return whether a request came through the edge of this deployment. Raises AwsError."""
    given = request.header(_PROOF)
    if not given or settings().edge_enabled != _ON:
        return False
    try:
        # The secret may have been replaced a moment ago.
        return _is_among(given, read_secret(EDGE_SECRETS)) or _is_among(given, refresh_secret(EDGE_SECRETS))
    except ConfigurationError as failure:
        logger.error("the edge is not set up; run pixelctl edge set-up", reason=str(failure))
        return False


def is_from_proxy(request: PublicRequest, key: KeyRecord) -> bool:
    """Return whether a request came through a proxy that has the secret of the key."""
    given = request.header(_PROOF)
    return bool(given and key.proxy_hash) and hmac.compare_digest(digest(str(given).strip()), str(key.proxy_hash))


def address_by_cloudfront(request: PublicRequest) -> str | None:
    """Return the address in CloudFront's header, in which a port follows it: 192.0.2.1:443 or 2001:db8::1:443."""
    written = request.header("cloudfront-viewer-address") or ""
    return _address(written.strip().rpartition(":")[0])


def address_forwarded(request: PublicRequest, proxies: int) -> str | None:
    """Return the visitor's address: the one before those that proxies, and API Gateway after the last, have added."""
    values = request.headers.get("x-forwarded-for", ())
    written = [one.strip() for value in values for one in value.split(",")]
    return _address(_without_port(written[-1 - proxies])) if len(written) > proxies else None


def reader_id(request: PublicRequest) -> str | None:
    """Return what a reader without a key is counted by, or None if that cannot be known."""
    try:
        by_edge = address_by_cloudfront(request) if is_from_edge(request) else None
    except AwsError as failure:
        reader_limits.report(failure)
        return None
    return reader_limits.address_id(by_edge or request.source_ip)


def _is_among(given: str, secrets: str) -> bool:
    return any(hmac.compare_digest(given.strip().encode(), secret.encode()) for secret in secrets.split())


def _without_port(text: str) -> str:
    return _PORT.sub("", text) if text.count(":") == 1 or text.startswith("[") else text


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        return None
