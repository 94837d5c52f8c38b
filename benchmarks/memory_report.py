"""Report what a function's memory costs and saves, from the measured CPU times.

Lambda gives a function memory/1769 of a processor. So work of the processor costs the same with any memory and ends
sooner with more, while waiting takes as long with any memory and costs more with more.
"""

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from benchmarks import calls
from benchmarks.cost_paths import BATCH, DEFAULT, DELIVERY, MEMORY_GB, MILLION
from benchmarks.functions_report import FLOOR, Measured
from benchmarks.prices import PRICES
from benchmarks.results import measured_with

SIZES_MB: Final = (128, 256, 512, 1024, 1769)
_WHOLE_PROCESSOR_MB: Final = 1769
_DYNAMODB_MS, _APPEND_MS, _PIPE_MS = 4, 40, 130
_REQUESTS_A_START: Final = 100
_CLEARLY_BETTER: Final = 1.2
_REQUESTS: Final = ("get_me", "list_websites", "mint_metrics_token", "ingest_event", "query_pipe")
"""The requests of docs/cost.md, each with the authorizer."""
_FULL: Final = {"ingest_batch": BATCH, "ingest_queue": DELIVERY, "ingest_stream": DELIVERY}
_RESOURCES: Final = {
    "ingest_batch": "IngestBatchFunction",
    "ingest_queue": "IngestQueueFunction",
    "ingest_stream": "IngestStreamFunction",
}


class Load(NamedTuple):
    """Milliseconds of work on a whole processor, and of waiting."""

    warm_cpu: float
    start_cpu: float
    waiting: float

    def then(self, other: "Load") -> "Load":
        return Load(*(one + another for one, another in zip(self, other, strict=True)))

    def warm_ms(self, memory_mb: int) -> float:
        return self.warm_cpu * _times_slower(memory_mb) + self.waiting

    def start_ms(self, memory_mb: int) -> float:
        return self.start_cpu * _times_slower(memory_mb)

    def price_times_time(self, memory_mb: int) -> float:
        """Return price times time of a request with its share of a start, as a multiple of the best size's."""
        return self._product(memory_mb) / min(self._product(size) for size in SIZES_MB)

    def _product(self, memory_mb: int) -> float:
        mean = self.warm_ms(memory_mb) + self.start_ms(memory_mb) / _REQUESTS_A_START
        return dollars_a_million(mean, memory_mb) * mean


def dollars_a_million(milliseconds: float, memory_mb: int) -> float:
    return milliseconds / 1000 * memory_mb / 1024 * MILLION * PRICES["gb_seconds"].dollars


def section(measured: Measured) -> str:
    return "\n".join(_lines(measured))


def _lines(measured: Measured) -> Iterator[str]:
    loads = {_shown(name): _load(measured, name) for name in _of_interest(measured)}
    yield "## Memory: what a size costs and buys"
    yield ""
    yield f"""{measured_with("make bench")} From the CPU times of the same run and the price of a GB-second in
[prices.py](prices.py). Lambda gives a function memory/{_WHOLE_PROCESSOR_MB} of a processor, so CPU time is taken
{_WHOLE_PROCESSOR_MB}/memory times: the worst case, in which pauses save nothing up and a start has no more than its
share. Waiting is assumed: {_DYNAMODB_MS} ms for a call to DynamoDB, {_APPEND_MS} for events to Tinybird, {_PIPE_MS} for
a pipe. Each cell: ms of a warm request / ms of CPU of a start / dollars for a million warm requests.
"""
    yield f"| function | resident MB | {' | '.join(f'{size:,} MB' for size in SIZES_MB)} |"
    yield f"|---|{'---:|' * (1 + len(SIZES_MB))}"
    for name, load in loads.items():
        resident = measured.middle(_function_of(name), "memory_mb")
        yield f"| {name} | {resident:.0f} | {' | '.join(_cell(load, size) for size in SIZES_MB)} |"
    yield ""
    yield from _choices(loads)


def _choices(loads: dict[str, Load]) -> Iterator[str]:
    authorizer = loads.get("authorizer")
    requests = {
        f"a request to {name}": authorizer.then(loads[name]) for name in _REQUESTS if authorizer and name in loads
    }
    full = {name: load for name, load in loads.items() if _function_of(name) in _FULL}
    yield f"""Price times time, in multiples of what it is with the best size; {_REQUESTS_A_START} requests share
a start. A request is authorizer and function, because a caller waits for both. Of one size for all of them
counts the request that it suits least. What template.yaml has stays, unless another size is better by a fifth.
"""
    yield f"| | {' | '.join(f'{size:,} MB' for size in SIZES_MB)} |"
    yield f"|---|{'---:|' * len(SIZES_MB)}"
    for name, load in (requests | full).items():
        yield f"| {name} | {' | '.join(f'{load.price_times_time(size):.2f}' for size in SIZES_MB)} |"
    yield ""
    if len(requests) == len(_REQUESTS):
        yield f"- routes and authorizer, one size for all: {choice(requests.values(), _size_of(DEFAULT))}"
    for name, load in full.items():
        yield f"- {name}: {choice([load], _size_of(_RESOURCES[_function_of(name)]))}"


def choice(loads: Collection[Load], has_mb: int) -> str:
    def worst(size: int) -> float:
        return max(load.price_times_time(size) for load in loads)

    best_mb = min(SIZES_MB, key=worst)
    figures = f"{worst(has_mb):.2f}; {best_mb:,} MB: {worst(best_mb):.2f}"
    is_clear = worst(has_mb) > _CLEARLY_BETTER * worst(best_mb)
    return (
        f"template.yaml has {has_mb:,} MB ({figures}), {f'**{best_mb:,} is better**' if is_clear else 'which stays'}."
    )


def _size_of(resource: str) -> int:
    return round(MEMORY_GB[resource] * 1024)


def _of_interest(measured: Measured) -> list[str]:
    left_out = {FLOOR, "canary", "drain_spill", "ingest_file"}
    return [name for name in measured.functions() if name not in left_out]


def _shown(name: str) -> str:
    return f"{name}, {_FULL[name]:,} events" if name in _FULL else name


def _function_of(shown: str) -> str:
    return shown.partition(", ")[0]


def _load(measured: Measured, name: str) -> Load:
    # Example events are single; further ones cost what rows cost in the batch benchmark.
    more_events_ms = _FULL.get(name, 0) / measured.events_per_second * 1000
    warm_cpu, start_cpu = (measured.middle(name, figure) for figure in ("warm_cpu_ms", "cold_cpu_ms"))
    return Load(warm_cpu + more_events_ms, start_cpu, sum(_waiting_ms(call) * n for call, n in _calls(name).items()))


def _calls(name: str) -> calls.Calls:
    if name in calls.OF_FUNCTIONS:
        return calls.of_function(name)
    return calls.of_events(_FULL.get(name, 1), with_ids=False, counted=name in ("ingest_event", "ingest_batch"))


def _waiting_ms(call: str) -> int:
    if "/" not in call:
        return _DYNAMODB_MS
    return _APPEND_MS if call == calls.APPEND else _PIPE_MS


def _cell(load: Load, memory_mb: int) -> str:
    warm = load.warm_ms(memory_mb)
    return f"{warm:,.0f} / {load.start_ms(memory_mb):,.0f} / {dollars_a_million(warm, memory_mb):.2f}"


def _times_slower(memory_mb: int) -> float:
    return max(1.0, _WHOLE_PROCESSOR_MB / memory_mb)
