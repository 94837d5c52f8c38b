"""The template's functions, each with a pool of execution environments that grows with concurrency.

The code on disk is checked before each call, so that a changed handler answers the next request.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from local.aws.clients import Endpoints
from local.lambdas import forks
from local.lambdas.code import Code, Times
from local.lambdas.forks import ForkServer
from local.lambdas.runtime_api import REQUEST_TOO_LARGE, Outcome, Program, Worker, base_environment
from local.template import REGION
from local.template.intrinsics import CreatedStack
from local.template.sam import SamTemplate

_FUNCTION = "AWS::Lambda::Function"
_EVENT_BYTES_MAX = 6 * 1024 * 1024
_WORKERS_MAX = 8  # per function: enough to show concurrency, few enough for a laptop

_USED_PROPERTIES = {"Environment", "Handler", "LoggingConfig", "MemorySize", "Timeout"}

_code_in = cache(Code)  # that of the layers is the same for all functions


class Function:
    def __init__(self, program: Program, on_line: Callable[[str, str], None], server: ForkServer | None) -> None:
        self.program = program
        self.fork_server = server
        self._on_line = on_line
        self._idle: list[Worker] = []
        self._places = asyncio.Semaphore(_WORKERS_MAX)
        self._folders = [_code_in(folder) for folder in (program.folder, *program.layers)]
        self._code: list[Times] | None = None  # until the first call

    async def invoke(self, payload: bytes) -> Outcome:
        if len(payload) > _EVENT_BYTES_MAX:
            return Outcome(b"", REQUEST_TOO_LARGE)
        async with self._places:
            await self._drop_outdated()
            code = self._code
            worker = await self._take()
            try:
                outcome = await worker.invoke(payload)
            except asyncio.CancelledError:
                await worker.stop()
                raise
            if worker.alive and code == self._code:
                self._idle.append(worker)
            else:
                await worker.stop()
            return outcome

    async def stop(self) -> None:
        workers, self._idle = self._idle, []
        await asyncio.gather(*(worker.stop() for worker in workers))

    async def _take(self) -> Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            await worker.stop()
        worker = Worker(self.program, self._on_line, self.fork_server)
        await worker.start()
        return worker

    async def _drop_outdated(self) -> None:
        code = [folder.times() for folder in self._folders]
        known, self._code = self._code, code
        if known not in (None, code):
            self._on_line(self.program.name, "code changed; the next request starts a new process")
            await self.stop()


def create(
    stacks: Iterable[CreatedStack], endpoints: Endpoints, on_line: Callable[[str, str], None]
) -> dict[str, Function]:
    """Create the functions of all stacks, by ARN, each with the layers of all templates."""
    stacks = list(stacks)
    layers = sorted({folder for stack in stacks for folder in _layers(stack.template)})
    programs = [
        _program(stack, logical_id, layers, endpoints)
        for stack in stacks
        for logical_id in stack.template.of_type(_FUNCTION)
        if stack.resolver.is_created(logical_id)
    ]
    server = ForkServer(_common_environment(programs)) if forks.ARE_SAFE else None
    return {program.arn: Function(program, on_line, server) for program in programs}


async def stop(functions: Collection[Function]) -> None:
    """End the processes of all functions, then what forks them."""
    await asyncio.gather(*(function.stop() for function in functions))
    for server in {function.fork_server for function in functions}:
        if server is not None:
            await server.stop()


def _common_environment(programs: list[Program]) -> dict[str, str]:
    return dict(set.intersection(*(set(program.environment.items()) for program in programs)))


def _layers(template: SamTemplate) -> list[Path]:
    functions = template.of_type(_FUNCTION)
    return [folder for name, folder in template.sources.items() if name not in functions]


def _program(stack: CreatedStack, logical_id: str, layers: list[Path], endpoints: Endpoints) -> Program:
    resource = stack.template.resources[logical_id]
    used = {name: value for name, value in resource["Properties"].items() if name in _USED_PROPERTIES}
    properties = stack.resolver.resolve(used)
    folder = stack.template.sources[logical_id]
    return Program(
        name=folder.name,
        arn=stack.resolver.resolve({"Fn::GetAtt": [logical_id, "Arn"]}),
        handler=properties["Handler"],
        folder=folder,
        layers=layers,
        timeout_seconds=float(properties.get("Timeout", 3)),
        environment=_environment(stack.resolver.resolve({"Ref": logical_id}), properties, layers, endpoints),
    )


def shared_variables(functions: Iterable[Function]) -> dict[str, str]:
    """Return the environment variables that all functions share."""
    environment = next(iter(functions)).program.environment
    return {name: value for name, value in environment.items() if name.startswith(("PIXEL_", "AWS_ENDPOINT_URL"))}


def _environment(
    function_name: str, properties: Mapping[str, Any], layers: list[Path], endpoints: Endpoints
) -> dict[str, str]:
    """Return the variables that Lambda sets, then those that the template declares."""
    declared = properties.get("Environment", {}).get("Variables", {})
    return {
        **base_environment(),
        "PYTHONPATH": ":".join(str(layer) for layer in layers),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": function_name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(properties.get("MemorySize", 128)),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_FORMAT": properties.get("LoggingConfig", {}).get("LogFormat", "Text"),
        "_HANDLER": properties["Handler"],
        **{name: str(value) for name, value in declared.items()},
        **endpoints.variables(),
    }
