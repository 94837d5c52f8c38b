"""The recording of clicks, which never delays a redirect for long, changes it or refuses it.

If the queue cannot be reached, the row is written to the log, from which `pixelctl clicks recover` sends it on. Its id
stays the same, so it counts once.
"""

from functools import partial
from typing import Final

from pixel.aws import quick
from pixel.aws.json_service import AwsError
from pixel.foundation.observability import count, logger
from pixel.foundation.settings import settings
from pixel.redirects.outages import ask

NOT_QUEUED: Final = "click_not_queued"
"""The message of the log lines with a row that could not be queued."""


def record(row: str) -> None:
    """Put the row of a click into the queue, or into the log."""
    try:
        ask("the queue of clicks", partial(quick.send, settings().clicks_queue_url, row))
    except AwsError as failure:
        logger.error(NOT_QUEUED, row=row, reason=str(failure))
        count("ClicksNotQueued")
