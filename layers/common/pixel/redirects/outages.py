"""What could not be reached a moment ago is left alone for five seconds, so that not every visitor waits for it."""

from collections.abc import Callable
from typing import Final

from pixel.aws.json_service import AwsError, AwsUnreachableError
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.container import kept

PAUSE_SECONDS: Final = 5
_failed_at: dict[str, float] = kept({})


def ask[T](what: str, call: Callable[[], T]) -> T:
    """Return what the call returns. Raises AwsError, without the call if it failed within the last five seconds."""
    if epoch_seconds() - _failed_at.get(what, -PAUSE_SECONDS) < PAUSE_SECONDS:
        raise AwsUnreachableError(what, "it could not be reached a moment ago", sent=False)
    try:
        return call()
    except AwsError:
        _failed_at[what] = epoch_seconds()
        raise
