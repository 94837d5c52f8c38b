"""A Kinesis stream that Lambda polls for a function, each shard separately and in order.

With a ParallelizationFactor, a shard has that many lanes, and all records of a partition key are in the same one.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from zlib import crc32

from botocore.exceptions import BotoCoreError, ClientError

from local.aws import clients
from local.lambdas.event_sources.batches import Batches
from local.lambdas.event_sources.checkpoints import Checkpoints, Progress
from local.lambdas.event_sources.records import Record, StreamSource, bytes_in_event
from local.lambdas.runtime_api import PAYLOAD_BYTES_MAX

_RECORDS_READ_AT_ONCE = 10_000
_EVENT_BYTES_MAX = PAYLOAD_BYTES_MAX - 1_000
_PAUSE_SECONDS = 1.0  # Lambda polls a shard once per second
_REST_SECONDS = 1.0
_NEW_SHARDS_SECONDS = 5.0


class StreamPoller:
    def __init__(self, source: StreamSource, endpoint: str, checkpoints: Checkpoints) -> None:
        self._source = source
        self._checkpoints = checkpoints
        # By name, because moto loses the stream of an iterator that was requested by ARN.
        self._stream_name = source.stream_arn.rpartition("/")[2]
        self._kinesis = clients.client("kinesis", endpoint)
        self._s3 = clients.client("s3", endpoint)

    async def run(self) -> None:
        known: set[str] = set()
        position = self._source.starting_position
        async with asyncio.TaskGroup() as group:
            while True:
                for shard_id in await self._shards():
                    if shard_id not in known:
                        known.add(shard_id)
                        group.create_task(self._poll(shard_id, position))
                if known:
                    position = "TRIM_HORIZON"  # shards that result from resharding are read from their start
                await asyncio.sleep(_NEW_SHARDS_SECONDS if known else _REST_SECONDS)

    async def _shards(self) -> list[str]:
        try:
            answer = await asyncio.to_thread(self._kinesis.list_shards, StreamName=self._stream_name)
        except (BotoCoreError, ClientError) as failure:
            print(f"{self._source.name}: {failure}")
            return []
        return [shard["ShardId"] for shard in answer["Shards"]]

    async def _poll(self, shard_id: str, position: str) -> None:
        batches = Batches(self._source, shard_id, self._s3)
        progress = Progress()

        def finish(numbers: list[str]) -> None:
            if last := progress.finish(numbers):
                self._checkpoints.write(self._source.name, shard_id, last)

        lanes = [_Lane(self._source, batches, finish) for _ in range(self._source.lanes)]
        async with asyncio.TaskGroup() as group:
            for lane in lanes:
                group.create_task(lane.run())
            async for record in self._records(shard_id, position):
                progress.begin(record["SequenceNumber"])
                await lanes[crc32(record["PartitionKey"].encode()) % len(lanes)].records.put(record)

    async def _records(self, shard_id: str, position: str) -> AsyncIterator[Record]:
        start = {"ShardIteratorType": position}
        if (last := self._checkpoints.find(self._source.name, shard_id)) is not None:
            start = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": last}
        iterator: str | None = None
        while True:
            try:
                if iterator is None:
                    iterator = await asyncio.to_thread(partial(self._iterator, shard_id, start))
                read = partial(self._kinesis.get_records, ShardIterator=iterator, Limit=self._limit())
                answer = await asyncio.to_thread(read)
            except (BotoCoreError, ClientError) as failure:
                print(f"{self._source.name}: {failure}")
                iterator = None
                await asyncio.sleep(_REST_SECONDS)
                continue
            for record in answer["Records"]:
                yield record
                start = {
                    "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                    "StartingSequenceNumber": record["SequenceNumber"],
                }
            iterator = answer.get("NextShardIterator")
            if iterator is None:
                return  # the closed shard is read to its end
            if not answer["Records"]:
                await asyncio.sleep(_PAUSE_SECONDS)

    def _iterator(self, shard_id: str, start: dict[str, str]) -> str:
        answer = self._kinesis.get_shard_iterator(StreamName=self._stream_name, ShardId=shard_id, **start)
        return str(answer["ShardIterator"])

    def _limit(self) -> int:
        return min(self._source.batch_size * self._source.lanes, _RECORDS_READ_AT_ONCE)


class _Lane:
    """Processes one batch after another."""

    def __init__(self, source: StreamSource, batches: Batches, finish: Callable[[list[str]], None]) -> None:
        self._source = source
        self._batches = batches
        self._finish = finish
        self._held: Record | None = None  # did not fit into the previous batch
        self.records: asyncio.Queue[Record] = asyncio.Queue(source.batch_size)

    async def run(self) -> None:
        while True:
            batch = await self._gather()
            await self._batches.process(batch)
            self._finish([record["SequenceNumber"] for record in batch])

    async def _gather(self) -> list[Record]:
        """Collect a batch; its window begins with the first record."""
        first, self._held = self._held or await self.records.get(), None
        batch, room = [first], _EVENT_BYTES_MAX - bytes_in_event(first)
        ends_at = time.monotonic() + self._source.window_seconds
        while len(batch) < self._source.batch_size:
            record = await self._next(ends_at)
            if record is None:
                break
            room -= bytes_in_event(record)
            if room < 0:
                self._held = record
                break
            batch.append(record)
        return batch

    async def _next(self, ends_at: float) -> Record | None:
        if not self.records.empty():
            return self.records.get_nowait()
        try:
            async with asyncio.timeout(max(ends_at - time.monotonic(), 0.0)):
                return await self.records.get()
        except TimeoutError:
            return None
