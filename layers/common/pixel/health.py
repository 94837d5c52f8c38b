"""Checks of what the API stands on, cached so that an open route cannot be used to load it."""

from pixel import dynamodb
from pixel.aws import AwsError
from pixel.clock import epoch_seconds
from pixel.config import settings
from pixel.logs import logger

_CACHED_SECONDS = 5
_last: tuple[float, dict[str, str]] = (0.0, {})


def run_checks() -> dict[str, str]:
    """The result of each check, `ok` or `failed`, at most some seconds old."""
    global _last  # noqa: PLW0603 - the cache of this container
    checked_at, results = _last
    if not results or epoch_seconds() - checked_at >= _CACHED_SECONDS:
        results = {"store": _check_store()}
        _last = (epoch_seconds(), results)
    return results


def _check_store() -> str:
    try:
        dynamodb.get_item(settings().counters_table, {"workspace_minute": "health"})
    except AwsError as failure:
        logger.error("health check failed", check="store", reason=str(failure))
        return "failed"
    return "ok"
