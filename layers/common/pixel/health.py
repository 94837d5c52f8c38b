"""Checks of what the API stands on, cached so that an open route cannot be used to load it."""

from pixel import dynamodb
from pixel.clock import epoch_seconds
from pixel.config import settings
from pixel.warehouse_checks import check_ingest, check_tokens, passes

_CACHED_SECONDS = 10
_last: tuple[float, dict[str, str]] = (0.0, {})


def run_checks() -> dict[str, str]:
    """The result of each check, `ok` or `failed`, at most some seconds old."""
    global _last  # noqa: PLW0603 - the cache of this container
    checked_at, results = _last
    if not results or epoch_seconds() - checked_at >= _CACHED_SECONDS:
        checks = {"store": _check_store, "ingest": check_ingest, "tokens": check_tokens}
        results = {name: "ok" if passes(name, check) else "failed" for name, check in checks.items()}
        _last = (epoch_seconds(), results)
    return results


def _check_store() -> None:
    dynamodb.get_item(settings().counters_table, {"workspace_minute": "health"})
