"""Rows as bodies for /v0/events."""

import gzip
import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from local.demo.traffic.rows import Row, Values

_ROWS_MAX = 8_000  # about 7 MB before gzip, below the 10 MB limit of Tinybird's free plan


class Body(NamedTuple):
    datasource: str
    rows: int
    gzipped: bytes


def bodies(rows: Iterable[Row], *, rows_max: int = _ROWS_MAX) -> Iterator[Body]:
    """Yield each body when it is full, and the rest at the end."""
    waiting: dict[str, list[Values]] = {}
    for datasource, values in rows:
        batch = waiting.setdefault(datasource, [])
        batch.append(values)
        if len(batch) == rows_max:
            yield _body(datasource, waiting.pop(datasource))
    for datasource, batch in waiting.items():
        yield _body(datasource, batch)


def to_ndjson(batch: Iterable[Values]) -> str:
    return "".join(json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n" for values in batch)


def _body(datasource: str, batch: list[Values]) -> Body:
    return Body(datasource, len(batch), gzip.compress(to_ndjson(batch).encode(), compresslevel=1))
