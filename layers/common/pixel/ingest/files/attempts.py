"""Attempts at a message of the file queue that failed one after the other, counted in the claims table.

The receives of a message do not tell: a large file takes many, and so does a file that waits while Tinybird is down. An
attempt is noted as failed before it begins, so that one whose function is killed counts, too.
"""

from pixel.aws import tables
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.settings import settings

FAILURES_MAX = 20  # about four hours, because the last delays are a quarter of an hour
_KEPT_SECONDS = 14 * 86_400  # as long as the queue keeps a message


def failures(message_id: str) -> int:
    """Return how many attempts failed since the last one that did not."""
    found = tables.database().get(settings().claims_table, {"claim": _name(message_id)})
    return 0 if found is None else int(found["failures"])


def note(message_id: str, failures: int) -> None:
    """Note how many attempts failed since the last one that did not."""
    expires_at = int(epoch_seconds()) + _KEPT_SECONDS
    item = {"claim": _name(message_id), "failures": failures, "expires_at": expires_at}
    tables.database().put(settings().claims_table, item)


def _name(message_id: str) -> str:
    return f"attempts#{message_id}"
