"""Event source mappings: queues and streams that Lambda polls for a function, as it does.

mappings    the mappings of the templates
queue       SQS: successful messages are deleted, others become visible again
stream      Kinesis: the shards of a stream, each read in order
records     records of a stream in the form of Lambda's events
batches     one batch of a shard: retried, bisected, resumed at the first failed record
checkpoints how far each shard has been processed
failure_destination   the bucket for batches that Lambda gave up on
batch_item_failures   what a function reports as failed
"""

import asyncio
import traceback

from local.aws.arrivals import WaitsForMessages
from local.lambdas.event_sources.checkpoints import Checkpoints
from local.lambdas.event_sources.mappings import Source, read
from local.lambdas.event_sources.queue import QueuePoller, QueueSource
from local.lambdas.event_sources.stream import StreamPoller

__all__ = ["Checkpoints", "EventSources", "Source", "read"]


class EventSources:
    def __init__(self, sources: list[Source]) -> None:
        self._sources = sources
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, endpoint: str, arrivals: WaitsForMessages, checkpoints: Checkpoints | None = None) -> None:
        """Start polling; streams continue from their checkpoints, if there are any."""
        checkpoints = checkpoints or Checkpoints()
        pollers = [(source.name, _poller(source, endpoint, arrivals, checkpoints)) for source in self._sources]
        self._tasks = [asyncio.create_task(_run(name, poller)) for name, poller in pollers]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _poller(
    source: Source, endpoint: str, arrivals: WaitsForMessages, checkpoints: Checkpoints
) -> QueuePoller | StreamPoller:
    if isinstance(source, QueueSource):
        return QueuePoller(source, endpoint, arrivals)
    return StreamPoller(source, endpoint, checkpoints)


async def _run(name: str, poller: QueuePoller | StreamPoller) -> None:
    try:
        await poller.run()
    except Exception:  # without this line, a source that is no longer polled would look empty
        print(f"{name}: polling has ended", flush=True)
        traceback.print_exc()
        raise
