"""Messages in the hook queue: a delivery is in it for each time that it is due."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pixel.aws import queues
from pixel.aws.queues import NotSentError
from pixel.foundation.observability import describe, logger
from pixel.foundation.settings import settings


def dispatch(deliveries: Sequence[Mapping[str, Any]], *, delay_seconds: int = 0) -> None:
    """Put deliveries that were just written into the queue. Those that do not get there are found when they are due."""
    queue_url = settings().hook_queue_url
    if not queue_url or not deliveries:
        return
    try:
        queues.send(queue_url, [queued(delivery) for delivery in deliveries], delay_seconds=delay_seconds)
    except NotSentError as failure:
        logger.warning("deliveries wait until they are found", extra=describe(failure))


def queued(delivery: Mapping[str, Any]) -> str:
    """Return the message about a delivery that is due."""
    return json.dumps(
        {
            "workspace_id": delivery["workspace_id"],
            "delivery_id": delivery["id"],
            "due_at": delivery["due_at"],
        }
    )
