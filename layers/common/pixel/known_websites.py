"""Websites that this container has looked up of late, so that an event costs no look-up of its own.

A website that is deleted takes events for up to a minute more; one that is made is known at once, or after some seconds
where somebody asked for it before. While the store cannot be reached, what is known goes on being so.
"""

from pixel.aws import AwsError
from pixel.clock import epoch_seconds
from pixel.errors import ApiError
from pixel.logs import logger
from pixel.workspace_records import require_website

_LIVE_SECONDS = 60
_MISSING_SECONDS = 5
_KNOWN_MAX = 10_000

_known: dict[tuple[str, str], tuple[str | None, float]] = {}


def domain_of(workspace_id: str, website_id: str) -> str | None:
    """None where the workspace has no such live website."""
    now = epoch_seconds()
    domain, until = _known.get((workspace_id, website_id), (None, 0.0))
    if until > now:
        return domain
    try:
        domain = _look_up(workspace_id, website_id)
    except AwsError as failure:
        if domain is None:
            raise
        logger.warning("website is known from memory", website_id=website_id, reason=str(failure))
    if len(_known) >= _KNOWN_MAX:
        _known.clear()
    _known[(workspace_id, website_id)] = (domain, now + (_MISSING_SECONDS if domain is None else _LIVE_SECONDS))
    return domain


def _look_up(workspace_id: str, website_id: str) -> str | None:
    try:
        return require_website(workspace_id, website_id)
    except ApiError:
        return None
