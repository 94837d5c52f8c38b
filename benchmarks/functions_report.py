"""What was measured of the functions, as sections of benchmarks/RESULTS.md, and what was meant to be reached."""

from collections.abc import Iterator
from statistics import median
from typing import Final, NamedTuple

from benchmarks import calls
from benchmarks.results import measured_with
from benchmarks.starts import Sample

FLOOR: Final = "bare handler"
_COLD_X_FLOOR: Final = {
    **dict.fromkeys(("authorizer", "get_me", "mint_metrics_token"), 3.5),
    **dict.fromkeys((f"list_{kind}" for kind in ("alerts", "goals", "reports", "share_links", "websites")), 3.5),
    "ingest_event": 5.0,
}
_COLD_X_PEER: Final = {"ingest_event": 0.4}
_WARM_X_PEER: Final = 0.6
_EVENTS_PER_SECOND: Final = 20_000
_LAYER_MB: Final = 20


class Measured(NamedTuple):
    samples: dict[str, list[Sample]]  # of a peer under "<function>, <peer>"
    instructions: dict[str, int]  # empty where there is no valgrind
    events_per_second: float
    layer_bytes: int

    def functions(self) -> list[str]:
        return [name for name in self.samples if ", " not in name]

    def peers(self, function: str) -> list[str]:
        return [name for name in self.samples if name.startswith(f"{function}, ")]

    def middle(self, name: str, figure: str) -> float:
        return median(float(getattr(sample, figure)) for sample in self.samples[name])

    def ratio(self, name: str, other: str, figure: str) -> float:
        """Of two that ran one after the other, round by round."""
        pairs = zip(self.samples[name], self.samples[other], strict=True)
        return median(float(getattr(one, figure)) / float(getattr(two, figure)) for one, two in pairs)

    def best_peer(self, function: str, figure: str) -> str:
        return min(self.peers(function), key=lambda peer: self.middle(peer, figure))


class Target(NamedTuple):
    what: str
    wanted: str
    reached: str
    is_met: bool


def missed(measured: Measured) -> list[str]:
    return [f"missed: {one.what}: {one.reached}, not {one.wanted}" for one in _targets(measured) if not one.is_met]


def sections(measured: Measured) -> dict[str, str]:
    return {
        "targets": "\n".join(_of_targets(measured)),
        "functions": "\n".join(_of_functions(measured)),
        "peers": "\n".join(_of_peers(measured)),
        "calls": "\n".join(_of_calls()),
    }


def _targets(measured: Measured) -> Iterator[Target]:
    for name, most in _COLD_X_FLOOR.items():
        if name in measured.samples:
            yield _at_most(f"cold start, {name}", measured.ratio(name, FLOOR, "cold_wall_ms"), most, "x bare handler")
    for name, most in _COLD_X_PEER.items():
        if name in measured.samples:
            peer = measured.best_peer(name, "cold_wall_ms")
            yield _at_most(f"cold start, {name}", measured.ratio(name, peer, "cold_wall_ms"), most, f"x {peer}")
    for name in measured.functions():
        if measured.peers(name):
            peer = measured.best_peer(name, "warm_cpu_ms")
            yield _at_most(f"warm CPU, {name}", measured.ratio(name, peer, "warm_cpu_ms"), _WARM_X_PEER, f"x {peer}")
    rate = measured.events_per_second
    yield Target(
        "validation to NDJSON, one core",
        f"at least {_EVENTS_PER_SECOND:,} events a second",
        f"{rate:,.0f}",
        rate >= _EVENTS_PER_SECOND,
    )
    yield _at_most("layer, unzipped, with bytecode, without boto3", measured.layer_bytes / 1024**2, _LAYER_MB, "MB")


def _at_most(what: str, reached: float, most: float, unit: str) -> Target:
    return Target(what, f"at most {most:g} {unit}", f"{reached:.2f}", reached <= most)


def _of_targets(measured: Measured) -> Iterator[str]:
    yield "## Targets"
    yield ""
    yield f"{measured_with('make bench')} It fails where one is missed."
    yield ""
    yield "| what | target | measured | |"
    yield "|---|---|---:|---|"
    for target in _targets(measured):
        yield f"| {target.what} | {target.wanted} | {target.reached} | {'met' if target.is_met else '**missed**'} |"


def _of_functions(measured: Measured) -> Iterator[str]:
    rounds = len(measured.samples[FLOOR])
    yield "## Functions: cold start and warm request"
    yield ""
    yield f"""{measured_with("make bench")} Medians of {rounds} interleaved rounds; x is the median of the ratios to
the bare handler of the same round. Each process runs AWS's runtime client on the built layer with its bytecode and
no other packages. A cold start is from the start of the process to its first answer, with its calls to stores
and Tinybird, without TLS. Memory is the most that was resident until then. Warm is the CPU time of the process for
one request, the runtime client included. Times differ from machine to machine; instructions, in millions from start
to first answer, hardly do.
"""
    if not measured.instructions:
        yield "Instructions were not counted, because valgrind was not installed.\n"
    yield from _table("function", measured, measured.functions())


def _of_peers(measured: Measured) -> Iterator[str]:
    yield "## Peers: the same routes as they are usually written"
    yield ""
    yield """From the same run. [benchmarks/peers](peers) holds them: same checks of an event, same columns of a
row, the same calls to the same stores; clients made once, connections kept, bytecode. They lack claims, the queue
behind Tinybird and an envelope for every failure.
"""
    names = [name for function in measured.functions() for name in (function, *measured.peers(function))]
    yield from _table("route", measured, [name for name in names if ", " in name or measured.peers(name)])


def _of_calls() -> Iterator[str]:
    some, delivery, portion = 1_000, 500, 5_000
    counted = {name: calls.of_function(name) for name in calls.OF_FUNCTIONS}
    for ids, suffix in ((False, ""), (True, ", with ids")):
        counted[f"ingest_event{suffix}"] = calls.of_events(1, with_ids=ids, counted=True)
        counted[f"ingest_batch of {some:,}{suffix}"] = calls.of_events(some, with_ids=ids, counted=True)
        counted[f"ingest_queue or _stream, {delivery}{suffix}"] = calls.of_events(delivery, with_ids=ids, counted=False)
        counted[f"ingest_file, each {portion:,}{suffix}"] = calls.of_portion(portion, with_ids=ids)
    yield "## Calls of a warm request"
    yield ""
    yield """By [benchmarks/calls.py](calls.py); tests count the same calls. No function calls SQS unless Tinybird
takes no rows or events are refused. A file's progress costs a few writes a run besides.
"""
    yield "| function | DynamoDB | Tinybird |"
    yield "|---|---|---|"
    for name, made in counted.items():
        of_tinybird = [call for call in made if "/" in call]
        of_dynamodb = [call for call in made if call not in of_tinybird]
        yield f"| {name} | {_listed(made, of_dynamodb)} | {_listed(made, of_tinybird)} |"


def _listed(made: calls.Calls, names: list[str]) -> str:
    return ", ".join(name if made[name] == 1 else f"{made[name]:,} {name}" for name in names) or "-"


def _table(title: str, measured: Measured, names: list[str]) -> Iterator[str]:
    yield f"| {title} | cold ms | x | cold CPU ms | x | M instructions | x | memory MB | warm CPU ms | x |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    for name in names:
        cells = [name]
        for figure in ("cold_wall_ms", "cold_cpu_ms"):
            cells += [f"{measured.middle(name, figure):.0f}", f"{measured.ratio(name, FLOOR, figure):.2f}"]
        cells += _of_instructions(measured, name)
        cells.append(f"{measured.middle(name, 'memory_mb'):.0f}")
        cells += [f"{measured.middle(name, 'warm_cpu_ms'):.2f}", f"{measured.ratio(name, FLOOR, 'warm_cpu_ms'):.1f}"]
        yield f"| {' | '.join(cells)} |"


def _of_instructions(measured: Measured, name: str) -> list[str]:
    if not measured.instructions:
        return ["", ""]
    counted = measured.instructions[name]
    return [f"{counted / 1e6:,.0f}", f"{counted / measured.instructions[FLOOR]:.2f}"]
