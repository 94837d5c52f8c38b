"""The checks of the health route, cached because the route is public and must not cause a call to Tinybird each time.

Containers share the results in an item of the counters table, and each caches them for some seconds.
"""

from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.json_service import AwsError
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.container import kept
from pixel.foundation.observability import logger
from pixel.foundation.settings import settings
from pixel.tinybird.checks import check_ingest, check_tokens, passes

_CACHED_SECONDS = 10
_OK_SHARED_SECONDS = 60
_FAILED_SHARED_SECONDS = 10
_EXPIRY_SECONDS = 3600
_KEY = {"workspace_minute": "health"}
_CHECKS = {"ingest": check_ingest, "tokens": check_tokens}


class _Latest:
    """The latest results of this container; none before its first check."""

    def __init__(self) -> None:
        self.checked_at = 0.0
        self.results: dict[str, str] = {}

    def clear(self) -> None:
        """Forget the results."""
        self.results = {}


_latest = kept(_Latest())


def run_checks() -> dict[str, str]:
    """Return the result of each check, `ok` or `failed`."""
    if not _latest.results or epoch_seconds() - _latest.checked_at >= _CACHED_SECONDS:
        _latest.results = _check_all()
        _latest.checked_at = epoch_seconds()
    return _latest.results


def _check_all() -> dict[str, str]:
    try:
        shared = tables.database().get(settings().counters_table, _KEY)
        store = "ok"
    except AwsError as failure:
        logger.error("check failed", check="store", reason=f"{type(failure).__name__}: {failure}")
        shared, store = None, "failed"
    if shared is None or shared["fresh_until"] <= epoch_seconds():
        shared = _check_tinybird()
        if store == "ok":
            _share(shared)
    return {"store": store, **{name: shared[name] for name in _CHECKS}}


def _check_tinybird() -> Item:
    results = {name: "ok" if passes(name, check) else "failed" for name, check in _CHECKS.items()}
    seconds = _OK_SHARED_SECONDS if set(results.values()) == {"ok"} else _FAILED_SHARED_SECONDS
    return {**_KEY, **results, "fresh_until": int(epoch_seconds()) + seconds}


def _share(results: Item) -> None:
    try:
        item = {**results, "expires_at": int(epoch_seconds()) + _EXPIRY_SECONDS}
        tables.database().put(settings().counters_table, item)
    except AwsError as failure:
        logger.warning("check results could not be stored", reason=str(failure))
