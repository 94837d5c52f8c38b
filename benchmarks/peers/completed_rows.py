"""Complete the row of an event by the layer's own code, because only the code around it is compared."""

import time
from uuid import uuid4

from pixel.events.models import Event
from pixel.events.rows import Identity, datasource_of, row_of
from pixel.foundation.ids import new_event_id


def complete(event: Event, workspace_id: str, domain: str) -> tuple[Identity, str, str]:
    """Return the event's ids, its datasource and its row."""
    now_ms = int(time.time() * 1000)
    identity = Identity(
        workspace_id=workspace_id,
        event_id=event.event_id or new_event_id(),
        visitor_id=event.visitor_id or str(uuid4()),
        timestamp_ms=now_ms if event.timestamp is None else event.timestamp,
        received_ms=now_ms,
    )
    return identity, datasource_of(event), row_of(event, identity, own_host=domain)
