"""The recording of clicks, which never delays a redirect for long, changes it or refuses it.

If the queue cannot be reached, the row is written to the log, from which `pixelctl clicks recover` sends it on. Its id
stays the same, so it counts once.
"""

from typing import Final

from pixel.aws import quick
from pixel.aws.json_service import AwsError
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.container import kept
from pixel.foundation.observability import count, logger
from pixel.foundation.settings import settings

NOT_QUEUED: Final = "click_not_queued"
"""The message of the log lines with a row that could not be queued."""

PAUSE_SECONDS: Final = 5
_failed_at: dict[str, float] = kept({})


def record(row: str) -> None:
    """Put the row of a click into the queue, or into the log."""
    queue_url = settings().clicks_queue_url
    if epoch_seconds() - _failed_at.get(queue_url, -PAUSE_SECONDS) < PAUSE_SECONDS:
        _keep(row, "the queue could not be reached a moment ago")
        return
    try:
        quick.send(queue_url, row)
    except AwsError as failure:
        _failed_at[queue_url] = epoch_seconds()
        _keep(row, str(failure))


def _keep(row: str, reason: str) -> None:
    logger.error(NOT_QUEUED, row=row, reason=reason)
    count("ClicksNotQueued")
