"""Measure the speed and memory of a large file in the embedded stack, and check that a killed run loses nothing.

`python -m benchmarks.files [LINES]` puts a compressed file into the bucket, kills the function that reads it once, and
writes the section "Files" of benchmarks/RESULTS.md. It fails if a row is lost or counts twice.
"""

import gzip
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import urllib3

from benchmarks.results import measured_with, write_section
from local.aws import clients
from tests.stack.running import RunningStack

LINES = 1_000_000
KILLED_AT = 0.4  # of the file
_SAMPLE_SECONDS = 0.2
_NAME = "history.ndjson.gz"
_COUNT = "SELECT count() AS rows, uniqExact(event_id) AS ids FROM pageviews WHERE startsWith(visitor_id, 'file-')"


class Seen(NamedTuple):
    summary: dict[str, Any]
    rows: int
    distinct: int
    memory_at_start_mb: float
    memory_max_mb: float
    seconds: float  # without the wait for the message of the killed run


def main() -> int:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else LINES
    with tempfile.TemporaryDirectory() as folder, RunningStack(Path(folder) / "stack") as stack:
        file = Path(folder) / _NAME
        _write(file, stack.state["website_id"], lines)
        size = file.stat().st_size
        _s3(stack).upload_file(str(file), stack.state["resources"]["FilesBucket"], f"incoming/{_NAME}")
        seen = _watch(stack, lines)
    report = _report(lines, size, seen)
    print(report)
    if (seen.summary["accepted"], seen.distinct) != (lines, lines):
        print(f"lost or doubled: {seen}")
        return 1
    write_section("files", report)
    return 0


def _write(file: Path, website_id: str, lines: int) -> None:
    """Write pageviews of the last month without event ids."""
    start = datetime.now(UTC) - timedelta(days=28)
    with gzip.open(file, "wt", compresslevel=1) as packed:
        for number in range(lines):
            event = {
                "website_id": website_id,
                "name": "pageview",
                "visitor_id": f"file-{number % 50_000}",
                "timestamp": (start + timedelta(seconds=number * 2)).isoformat(),
                "url": f"https://shop.example.com/products/{number % 997}?utm_source=newsletter",
                "referrer": "https://www.google.com/",
                "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0.0.0 Safari/537.36",
                "country": "DE",
            }
            packed.write(json.dumps(event) + "\n")


def _watch(stack: RunningStack, lines: int) -> Seen:
    memory: list[float] = []
    seconds, killed = 0.0, False
    while not (summary := _summary(stack)):
        before = time.monotonic()
        time.sleep(_SAMPLE_SECONDS)
        for pid in _readers():
            memory.append(_memory_mb(pid))
            if not killed and _rows(stack)[0] > KILLED_AT * lines:
                os.kill(pid, signal.SIGKILL)
                killed = True
        if _is_reading(stack):
            seconds += time.monotonic() - before
    rows, distinct = _rows(stack)
    return Seen(summary, rows, distinct, memory[0], max(memory), seconds)


def _is_reading(stack: RunningStack) -> bool:
    log = stack.log("ingest_file")
    ended = log.count("REPORT RequestId") + log.count("Runtime.ExitError")
    return log.count("START RequestId") > ended


def _readers() -> Iterator[int]:
    """Yield the ids of the function's processes."""
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdecimal() and (entry / "cwd").readlink().name == "ingest_file":
                yield int(entry.name)


def _memory_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


def _rows(stack: RunningStack) -> tuple[int, int]:
    answer = urllib3.request(
        "GET",
        f"{stack.state['tinybird_url']}/_sql",
        fields={"q": _COUNT},
        headers={"Authorization": f"Bearer {stack.state['tinybird']['admin_token']}"},
    )
    [found] = answer.json()["data"]
    return int(found["rows"]), int(found["ids"])


def _s3(stack: RunningStack) -> Any:
    return clients.client("s3", stack.state["aws_endpoint_url"])


def _summary(stack: RunningStack) -> dict[str, Any] | None:
    bucket = stack.state["resources"]["FilesBucket"]
    listed = _s3(stack).list_objects_v2(Bucket=bucket, Prefix=f"summaries/{_NAME}/").get("Contents", [])
    if not listed:
        return None
    return dict(json.loads(_s3(stack).get_object(Bucket=bucket, Key=listed[0]["Key"])["Body"].read()))


def _report(lines: int, size: int, seen: Seen) -> str:
    return "\n".join(
        [
            "## Files: a packed file through the embedded stack",
            "",
            f"{measured_with('make bench-files')} The function is killed once, at {KILLED_AT:.0%}, and goes on",
            "in another process. Function, ClickHouse and the AWS server share the machine's cores; the wait for the",
            "killed run's message to come back is left out.",
            "",
            "| | |",
            "|---|---:|",
            f"| lines | {lines:,} |",
            f"| size, packed | {size / 1_000_000:.0f} MB |",
            f"| seconds | {seen.seconds:.0f} |",
            f"| lines a second | {lines / seen.seconds:,.0f} |",
            f"| memory of the function, at first | {seen.memory_at_start_mb:.0f} MB |",
            f"| memory of the function, at most | {seen.memory_max_mb:.0f} MB |",
            f"| accepted | {seen.summary['accepted']:,} |",
            f"| rows in the warehouse, of the killed step twice | {seen.rows:,} |",
            f"| events in the warehouse | {seen.distinct:,} |",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
