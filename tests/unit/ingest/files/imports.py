"""Imports of made-up objects, and what became of them."""

import gzip
import json
import os
from collections.abc import Callable, Sequence
from typing import Any

from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.ingest.event import ACCEPTED, DUPLICATE, QUEUED, REJECTED, IncomingEvent, Result
from pixel.ingest.files.importer import Imported, ImportState, import_object
from pixel.ingest.sources.envelopes import S3Object
from tests import dynamodb_engine
from tests.environment import CLAIMS_TABLE
from tests.stores import resource_of

KEY = "incoming/2026/orders.ndjson"
TIME = "2026-03-04T05:00:00Z"
_CYCLE = (ACCEPTED, ACCEPTED, DUPLICATE, REJECTED, QUEUED)
_NOT_FOUND = ApiError(ErrorCode.WEBSITE_NOT_FOUND)


class FakeIngest:
    """Gives each event the fate that it asks for, and remembers whom it has met."""

    def __init__(self) -> None:
        self.given: list[IncomingEvent] = []
        self.before: Callable[[], None] = lambda: None

    def __call__(self, incoming: Sequence[IncomingEvent], *, seconds: float) -> list[Result]:
        assert seconds <= 30
        self.before()
        self.given += incoming
        return [self._result(entry.body) for entry in incoming]

    @property
    def origins(self) -> set[str | None]:
        return {entry.origin for entry in self.given}

    def _result(self, body: Any) -> Result:
        status = body.get("title", ACCEPTED) if isinstance(body, dict) else REJECTED
        return Result(status, error=_NOT_FOUND if status == REJECTED else None)


def event(number: int) -> dict[str, Any]:
    status = _CYCLE[number % 5]
    return {"timestamp": TIME, "title": status, "properties": {"n": str(number)}}


def repeated(rows: int) -> bytes:
    """Return NDJSON of few different rows, each of them many times, with and without a timestamp."""
    times: list[dict[str, Any]] = [{"timestamp": TIME}, {}, {}]
    return b"\n".join(
        json.dumps({"title": ACCEPTED, "properties": {"n": str(number % 2)}} | times[number % 3]).encode()
        for number in range(rows)
    )


def ndjson(rows: int) -> bytes:
    """Return NDJSON with an empty line and an invalid one."""
    lines = [json.dumps(event(number)) for number in range(rows)]
    return "\n".join([*lines[:3], "", '{"broken', *lines[3:], ""]).encode()


def csv_rows(rows: int) -> bytes:
    cells = [f'admx_1,custom,{TIME},{_CYCLE[number % 5]},"{number}"' for number in range(rows)]
    return "\r\n".join(
        ["website_id,name,timestamp,title,properties.n", *cells[:3], "", "ragged", *cells[3:], ""]
    ).encode()


FILES = {
    "incoming/2026/orders.ndjson": ndjson(9),
    "incoming/orders.csv": csv_rows(9),
    "incoming/repeated.ndjson": repeated(9),
    "incoming/orders.json.gz": gzip.compress(ndjson(5)) + gzip.compress(b"\n" + ndjson(4)),
}


def put(bucket: Any, content: bytes, key: str = KEY) -> S3Object:
    etag = bucket.put_object(Key=key, Body=content).e_tag.strip('"')
    return S3Object(bucket.name, key, etag, version=etag)


def run_import(pointer: S3Object, ingest: FakeIngest, *, seconds: float = 850.0) -> Imported:
    return import_object(pointer, ingest, deadline=epoch_seconds() + seconds)


def content_of(bucket: Any, key: str) -> Any:
    return bucket.Object(key).get()["Body"].read()


def keys_of(bucket: Any) -> list[str]:
    """Return the names of the results."""
    return [found.key for found in bucket.objects.all() if not found.key.startswith(("incoming/", "rows/"))]


def summary_of(bucket: Any, pointer: S3Object) -> dict[str, Any]:
    path = pointer.key.removeprefix("incoming/")
    return dict(json.loads(content_of(bucket, f"summaries/{path}/{pointer.version}.json")))


def rejects_of(bucket: Any) -> list[dict[str, Any]]:
    """Return all rejects, whether the summary lists them or not."""
    keys = [key for key in keys_of(bucket) if key.startswith("rejected/")]
    return [json.loads(line) for key in keys for line in content_of(bucket, key).decode().splitlines()]


def fates_of(summary: dict[str, Any]) -> dict[str, int]:
    return {fate: summary[fate] for fate in (ACCEPTED, DUPLICATE, QUEUED, REJECTED)}


def outcome_of(bucket: Any, pointer: S3Object) -> Any:
    """Return the rejects that the summary lists, and the summary without its times."""
    summary = summary_of(bucket, pointer)
    listed = [json.loads(line) for key in summary["rejects"] for line in content_of(bucket, key).decode().splitlines()]
    assert listed == rejects_of(bucket)
    assert summary["rejected"] == len(listed)
    return listed, {name: value for name, value in summary.items() if not name.endswith("_at")}


def import_untroubled(bucket: Any, key: str, content: bytes) -> tuple[FakeIngest, Any]:
    ingest = FakeIngest()
    pointer = put(bucket, content, key)
    assert run_import(pointer, ingest).state is ImportState.DONE
    return ingest, outcome_of(bucket, pointer)


def forget(bucket: Any) -> None:
    """Delete all traces of earlier imports."""
    bucket.objects.all().delete()
    database = resource_of("dynamodb", dynamodb_engine.OTHER or os.environ["AWS_ENDPOINT_URL"])
    table = database.Table(CLAIMS_TABLE)
    for item in table.scan()["Items"]:
        table.delete_item(Key={"claim": item["claim"]})
