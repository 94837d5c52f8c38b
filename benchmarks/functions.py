"""Compare functions with a bare handler and with the same routes in popular frameworks, in one run.

`python -m benchmarks.functions [--rounds N] [--warm N] [NAME ...]` writes sections of benchmarks/RESULTS.md; with names
it measures only those and prints the result. Rounds are interleaved, so that a slowdown of the machine affects all:
compare ratios within a round, or instructions if valgrind is installed.
"""

import argparse
import asyncio
import json
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import boto3

from benchmarks import functions_report, instructions, memory_report, peer_answers, sample_visit
from benchmarks.deployed import ROOT, Deployed, deploy
from benchmarks.functions_report import FLOOR, Measured, compared
from benchmarks.instructions import Instructions
from benchmarks.results import write_section
from benchmarks.sample_bodies import pageview
from benchmarks.starts import Sample, answer, take_sample
from benchmarks.tls_front import TlsFront
from local.aws import clients
from local.console import Console
from local.lambdas.runtime_api import Program, Worker
from local.stack import Options, Stack
from local.template import REGION
from tests import sample_events
from tests.template.built_layers import Layer

_ROUNDS = 15
_WARM_REQUESTS = 50
_BATCH_EVENTS, _BATCH_ROUNDS = 1000, 3
_WORKSPACE, _WEBSITE = "ws_demo", "admx_demo"
_UNLIMITED = "1000000000"
# Examples that are refused, and a list for which moto takes seconds after all that the writers leave in it.
# A password takes 0.2 s by design.
_UNMEASURED = {*sample_events.REFUSED, "list_audit", "unlock_link"}


class Subject(NamedTuple):
    program: Program
    event: bytes


async def main() -> int:
    given = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        deployed = deploy(Path(folder) / "deployed")
        options = Options(
            ROOT / "template.yaml",
            Path(folder) / "stack",
            port=0,
            parameters={},
            quiet=True,
            demo=False,
            warehouse_python=ROOT / ".venv-tinybird" / "bin" / "python",
        )
        async with Stack(options, Console(options.folder / "logs", quiet=True)) as stack:
            _prepare(stack.state)
            subjects = dict(_subjects(stack, deployed, given.names))
            await _require_equal_answers(subjects)
            samples, rates = await _rounds(subjects, _batch(stack, deployed), given.rounds, given.warm)
            authorities = deployed.layer.parent / "authorities"
            async with TlsFront(Path(folder) / "tls", authorities) as front:
                counted = await _instructions(subjects, Path(folder), front)
        requirements = ROOT / "layers" / "common" / "requirements.txt"
        size = Layer(deployed.layer.parent, platform.machine(), requirements).size_bytes
        measured = Measured(samples, counted, median(rates), size)
    sections = {**functions_report.sections(measured), "memory": memory_report.section(measured)}
    for section, text in sections.items():
        print(text, end="\n\n")
        if not given.names:
            write_section(section, text)
    missed = functions_report.missed(measured)
    print(*missed, sep="\n", file=sys.stderr)
    return 1 if missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.functions")
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--warm", type=int, default=_WARM_REQUESTS, help="requests of a warm process in each round")
    parser.add_argument("names", nargs="*", metavar="NAME", help="functions, with their peers; all if none is given")
    return parser.parse_args()


def _prepare(state: dict[str, Any]) -> None:
    """Create the records that the functions' example events name."""
    resources = state["resources"]
    stores = sample_events.Stores(
        dynamodb=boto3.resource(
            "dynamodb",
            endpoint_url=state["dynamodb_endpoint_url"],
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        ),
        s3=clients.client("s3", state["aws_endpoint_url"]),
        keys_table=resources["ApiKeysTable"],
        workspace_table=resources["WorkspaceTable"],
        claims_table=resources["ClaimsTable"],
        links_table=resources["LinksTable"],
        secrets_table=resources["SecretsTable"],
    )
    sample_events.prepare(stores)
    sample_visit.create_link(state, _WORKSPACE)


def _subjects(stack: Stack, deployed: Deployed, names: list[str]) -> Iterator[tuple[str, Subject]]:
    programs = {function.program.name: function.program for function in stack.functions.values()}
    yield FLOOR, Subject(deployed.bare_handler(programs["get_me"]), b"{}")
    for name in names or sorted(programs.keys() - _UNMEASURED):
        subject = Subject(_deployed(deployed, programs[name]), _event(name))
        yield name, subject
        for file in sorted((ROOT / "benchmarks" / "peers").glob(f"*/{name}.py")):
            peer = deployed.peer(programs[name], file)
            yield peer.name, subject._replace(program=peer)


def _deployed(deployed: Deployed, program: Program) -> Program:
    if program.name == sample_visit.FUNCTION:
        return deployed.handler_of_ours(program, ROOT / "benchmarks" / program.name)
    return deployed.function(_with_bucket(program))


def _with_bucket(program: Program) -> Program:
    return program._replace(environment={**program.environment, "PIXEL_FILES_BUCKET": sample_events.FILES_BUCKET})


def _event(name: str) -> bytes:
    if name == sample_visit.FUNCTION:
        return sample_visit.visit()
    event = json.loads(sample_events.text(name))
    if authorizer := event.get("requestContext", {}).get("authorizer"):
        authorizer["rate_limit"] = _UNLIMITED
    if name == "ingest_event":
        event["body"] = json.dumps(pageview(_WEBSITE, 0))  # the example is a payment, which would be a duplicate
    return json.dumps(event).encode()


async def _require_equal_answers(subjects: dict[str, Subject]) -> None:
    answers = {name: await _first_answer(subjects[name]) for name in compared(subjects) - {FLOOR}}
    for name, given in answers.items():
        function, _, peer = name.partition(", ")
        if peer and (found := peer_answers.difference(answers[function], given)):
            raise RuntimeError(f"{name} does not answer as our function does: {found}")


async def _first_answer(subject: Subject) -> bytes:
    worker = Worker(subject.program, lambda _name, _line: None)
    await worker.start()
    try:
        return await answer(worker, subject.program, subject.event)
    finally:
        await worker.stop()


async def _rounds(
    subjects: dict[str, Subject], batch: Subject, rounds: int, warm_requests: int
) -> tuple[dict[str, list[Sample]], list[float]]:
    """Measure all subjects, and the batch's events per second, in interleaved rounds."""
    samples: dict[str, list[Sample]] = {name: [] for name in subjects}
    rates = []
    for number in range(rounds + 1):
        for name, subject in subjects.items():
            sample = await take_sample(subject.program, subject.event, warm_requests=warm_requests)
            if number:  # the first round only fills the machine's caches
                samples[name].append(sample)
        rates.append(float(json.loads(await _first_answer(batch))["events_per_second"]))
    return samples, rates[1:]


async def _instructions(subjects: dict[str, Subject], folder: Path, front: TlsFront) -> dict[str, Instructions]:
    if not instructions.is_available():
        print("instructions: not counted, because valgrind is not installed", file=sys.stderr)
        return {}
    programs = {name: subject.program for name, subject in subjects.items()}
    events = {name: subject.event for name, subject in subjects.items()}
    names = compared(programs)
    over_tls = {name: await front.behind(programs[name]) for name in names - {FLOOR}}
    return await instructions.count_all(programs, events, folder, compared=names, over_tls=over_tls)


def _batch(stack: Stack, deployed: Deployed) -> Subject:
    [ours] = [one.program for one in stack.functions.values() if one.program.name == "ingest_batch"]
    program = deployed.handler_of_ours(ours, ROOT / "benchmarks" / "batch")
    lines = [json.dumps(pageview(_WEBSITE, number)) for number in range(_BATCH_EVENTS)]
    event = {"lines": lines, "workspace_id": _WORKSPACE, "rounds": _BATCH_ROUNDS}
    return Subject(program, json.dumps(event).encode())


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
