"""Report the measurements of functions as sections of benchmarks/RESULTS.md, with the targets."""

from collections.abc import Collection, Iterator
from statistics import median
from typing import Final, NamedTuple

from benchmarks import calls
from benchmarks.instructions import Instructions
from benchmarks.results import measured_with
from benchmarks.starts import Sample

FLOOR: Final = "bare handler"
LISTS: Final = tuple(f"list_{kind}" for kind in ("alerts", "goals", "reports", "share_links", "websites"))
_COMPARED_AS: Final = dict.fromkeys(LISTS, "list_websites")
"""Routes that share their code, so that the peers of one are the peers of all."""


class Ceilings(NamedTuple):
    """Ceilings in instructions, as multiples of the bare handler's and of the best peer's."""

    cold_x_floor: float
    cold_x_peer: float
    cold_x_peer_over_tls: float
    warm_x_peer: float


_OF_A_LIST: Final = Ceilings(4.2, 0.42, 0.38, 0.46)
CEILINGS: Final = {
    "authorizer": Ceilings(4.2, 0.45, 0.40, 0.42),
    **dict.fromkeys(LISTS, _OF_A_LIST),
    "mint_metrics_token": Ceilings(4.6, 0.45, 0.36, 0.50),
    "ingest_event": Ceilings(7.6, 0.58, 0.45, 0.60),
    "follow_link": Ceilings(4.5, 0.34, 0.28, 0.43),
}
_EVENTS_PER_SECOND: Final = 20_000
_LAYER_MB: Final = 40


def compared(names: Collection[str]) -> set[str]:
    """Return the names that are compared: routes that have peers, their peers and the bare handler."""
    peers = {name for name in names if ", " in name}
    routes = {peer.partition(", ")[0] for peer in peers}
    return peers | {name for name in names if name == FLOOR or _COMPARED_AS.get(name, name) in routes}


class Measured(NamedTuple):
    samples: dict[str, list[Sample]]  # by function, or by "<function>, <peer>"
    instructions: dict[str, Instructions]  # empty without valgrind
    events_per_second: float
    layer_bytes: int

    def functions(self) -> list[str]:
        return [name for name in self.samples if ", " not in name]

    def peers(self, function: str) -> list[str]:
        route = _COMPARED_AS.get(function, function)
        return [name for name in self.samples if name.startswith(f"{route}, ")]

    def middle(self, name: str, figure: str) -> float:
        return median(float(getattr(sample, figure)) for sample in self.samples[name])

    def ratio(self, name: str, other: str, figure: str) -> float:
        """Return the median of the ratios within each round."""
        pairs = zip(self.samples[name], self.samples[other], strict=True)
        return median(float(getattr(one, figure)) / float(getattr(two, figure)) for one, two in pairs)

    def instructions_x_floor(self, name: str) -> float:
        return self.instructions[name].start / self.instructions[FLOOR].start

    def instructions_x_best_peer(self, name: str, figure: str) -> tuple[float, str]:
        """Return the ratio to the cheapest peer by this figure, and which peer that is."""
        counted = {peer: _counted(self.instructions[peer], figure) for peer in self.peers(name)}
        best = min(counted, key=lambda peer: counted[peer])
        return _counted(self.instructions[name], figure) / counted[best], best


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


def _counted(instructions: Instructions, figure: str) -> float:
    return float(getattr(instructions, figure))


def _targets(measured: Measured) -> Iterator[Target]:
    for name, ceilings in CEILINGS.items():
        if name in measured.instructions:
            yield from _of_function(measured, name, ceilings)
    rate = measured.events_per_second
    yield Target(
        "validation to NDJSON, one core",
        f"at least {_EVENTS_PER_SECOND:,} events a second",
        f"{rate:,.0f}",
        rate >= _EVENTS_PER_SECOND,
    )
    yield _at_most("layer, unzipped, with bytecode", measured.layer_bytes / 1024**2, _LAYER_MB, "MB")


def _of_function(measured: Measured, name: str, ceilings: Ceilings) -> Iterator[Target]:
    yield _at_most(f"start, {name}", measured.instructions_x_floor(name), ceilings.cold_x_floor, "x bare handler")
    for what, figure, most in (
        ("start", "start", ceilings.cold_x_peer),
        ("start over TLS", "start_over_tls", ceilings.cold_x_peer_over_tls),
        ("warm request", "warm_request", ceilings.warm_x_peer),
    ):
        reached, peer = measured.instructions_x_best_peer(name, figure)
        yield _at_most(f"{what}, {name}", reached, most, f"x {peer}")


def _at_most(what: str, reached: float, most: float, unit: str) -> Target:
    return Target(what, f"at most {most:g} {unit}", f"{reached:.2f}", reached <= most)


def _of_targets(measured: Measured) -> Iterator[str]:
    yield "## Targets"
    yield ""
    yield f"{measured_with('make bench')} By instructions, which repeat where times wander; the peer is the cheapest"
    yield "of those for each figure. It fails where one is missed."
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
one request, the runtime client included. Times differ from machine to machine; instructions hardly do. They are in
millions, without those of the kernel: of a start until its first answer, plain and over TLS, and of a warm request; the
last two for what is compared with peers.
"""
    if not measured.instructions:
        yield "Instructions were not counted, because valgrind was not installed.\n"
    yield from _table("function", measured, measured.functions())


def _of_peers(measured: Measured) -> Iterator[str]:
    yield "## Peers: the same routes as they are usually written"
    yield ""
    yield """From the same run. [benchmarks/peers](peers) holds them: same checks of an event, same columns of a
row, the same calls to the same stores; clients made once, connections kept, bytecode. They lack claims, the queue
behind Tinybird and an envelope for every failure. The five lists are one piece of code: the peers of list_websites are
those of all. The other routes have none, get_me too: nobody here does the same work as they do. An authorizer
is written with Powertools' data classes, the way its documentation shows.
"""
    routes = [name for name in measured.functions() if measured.peers(name) and _COMPARED_AS.get(name, name) == name]
    names = [name for route in routes for name in (route, *measured.peers(route))]
    yield from _table("route", measured, names)


def _of_calls() -> Iterator[str]:
    some, delivery, portion = 1_000, 500, 5_000
    counted = {name: calls.of_function(name) for name in calls.OF_FUNCTIONS}
    for ids, suffix in ((False, ""), (True, ", with ids")):
        counted[f"ingest_event{suffix}"] = calls.of_events(1, with_ids=ids, counted=True)
        counted[f"ingest_batch of {some:,}{suffix}"] = calls.of_events(some, with_ids=ids, counted=True)
        counted[f"ingest_queue or _stream, {delivery}{suffix}"] = calls.of_events(delivery, with_ids=ids, counted=False)
        counted[f"ingest_file, each {portion:,}{suffix}"] = calls.of_events(portion, with_ids=ids, counted=False)
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
    cold, warm = "cold ms | x | cold CPU ms | x | M instructions | x | over TLS", "warm CPU ms | x | M instructions | x"
    yield f"| {title} | {cold} | memory MB | {warm} |"
    yield f"|---|{'---:|' * 12}"
    for name in names:
        cells = [name]
        for figure in ("cold_wall_ms", "cold_cpu_ms"):
            cells += [f"{measured.middle(name, figure):.0f}", f"{measured.ratio(name, FLOOR, figure):.2f}"]
        cells += _of_instructions(measured, name, "start", digits=0)
        over_tls = getattr(measured.instructions.get(name), "start_over_tls", None)
        cells.append(f"{over_tls / 1e6:,.0f}" if over_tls else "")
        cells.append(f"{measured.middle(name, 'memory_mb'):.0f}")
        cells += [f"{measured.middle(name, 'warm_cpu_ms'):.2f}", f"{measured.ratio(name, FLOOR, 'warm_cpu_ms'):.1f}"]
        cells += _of_instructions(measured, name, "warm_request", digits=1)
        yield f"| {' | '.join(cells)} |"


def _of_instructions(measured: Measured, name: str, figure: str, *, digits: int) -> list[str]:
    counted, of_floor = (getattr(measured.instructions.get(one), figure, None) for one in (name, FLOOR))
    if not counted or not of_floor:
        return ["", ""]
    return [f"{counted / 1e6:,.{digits}f}", f"{counted / of_floor:.{2 - digits}f}"]
