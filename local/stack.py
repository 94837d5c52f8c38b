"""Starts and stops everything, and writes down where all of it is."""

import asyncio
import fcntl
import json
import os
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from socket import socket
from typing import IO, Any, NamedTuple, Self

from aiohttp import web
from botocore.exceptions import BotoCoreError

from local import ports
from local.aws import clients, nested_stacks, stores
from local.aws.clients import Endpoints
from local.console import Console
from local.demo import events, workspaces
from local.gateway import definition
from local.gateway.gateway import Gateway
from local.gateway.server import GatewayServer
from local.lambdas import event_sources, functions, schedules
from local.lambdas.event_sources import EventSources
from local.lambdas.functions import Function
from local.lambdas.schedules import Schedules
from local.template import sam
from local.template.intrinsics import CreatedStack
from local.template.sam import REGION, STACK_NAME, SamTemplate
from local.tinybird import warehouse
from local.welcome import welcome
from pixel.workspaces.plans import UsagePlans
from pixel.workspaces.store import Store

_STATE_FILE = "stack.json"
_EVERY_EVENT_SOURCE = {f"Enable{source}": "true" for source in ("Queue", "Bus", "Topic", "Stream", "Files")}


class Options(NamedTuple):
    template: Path
    folder: Path
    port: int
    parameters: Mapping[str, str]
    quiet: bool = False
    demo: bool = True
    warehouse_python: Path | None = None  # None: start without a warehouse


class Stack:
    def __init__(self, options: Options, console: Console) -> None:
        self._options = options
        self._console = console
        self._aws: asyncio.subprocess.Process | None = None
        self._warehouse: warehouse.Warehouse | None = None
        self.functions: dict[str, Function] = {}
        self.state: dict[str, Any] = {}
        self._schedules = Schedules([])
        self._event_sources = EventSources([])
        self.welcome = ""
        self._runners: list[web.ServerRunner] = []
        self._lock: IO[str] | None = None
        self._state_file = options.folder / _STATE_FILE

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def _start(self) -> None:
        started = time.perf_counter()
        self._lock = _lock(self._options.folder)
        listener = ports.listen(self._options.port, "choose another one: PORT=8788 make run")
        port = listener.getsockname()[1]
        endpoint = await self._start_aws()
        endpoints = Endpoints(endpoint, os.environ.get("DYNAMODB_ENDPOINT") or endpoint)
        warehouse_start = asyncio.create_task(self._start_warehouse())
        template = await asyncio.to_thread(
            sam.load, self._options.template, self._parameters(None), _EVERY_EVENT_SOURCE
        )
        await ports.wait_until_open(endpoint, "the AWS server did not start; see logs/aws.log")
        resources = await asyncio.to_thread(stores.create, template, endpoints)
        self._warehouse = await warehouse_start
        template = template._replace(parameters={**template.parameters, **self._parameters(self._warehouse)})
        stacks = await asyncio.to_thread(nested_stacks.create, template, resources, endpoints)
        resolver = stacks[0].resolver
        if self._warehouse is not None:
            path = resolver.resolve({"Fn::Sub": "/pixel/${AWS::StackName}"})
            await asyncio.to_thread(stores.put_secrets, endpoint, path, self._warehouse.secrets())
        self.functions = functions.create(stacks, endpoints, self._console.function_line)
        self.state = state = self._state(port, endpoints, resources, template)
        if self._options.demo:
            state |= await asyncio.to_thread(self._create_demo, state)
        state["nested_api_urls"] = await self._serve(stacks, endpoint, listener)
        self._write(state)
        self._schedules = schedules.read(stacks, self.functions)
        self._schedules.start()
        self._event_sources = EventSources(event_sources.read(stacks, self.functions))
        self._event_sources.start(endpoint)
        self.welcome = welcome(state, self._state_file, time.perf_counter() - started, template)

    async def _stop(self) -> None:
        if self._lock is not None:
            self._state_file.unlink(missing_ok=True)
            self._lock.close()
        for runner in self._runners:
            await runner.cleanup()
        await self._schedules.stop()
        await self._event_sources.stop()
        await asyncio.gather(*(function.stop() for function in self.functions.values()))
        if self._warehouse is not None:
            await self._warehouse.stop()
        if self._aws is not None and self._aws.returncode is None:
            self._aws.kill()
            await self._aws.wait()
        self._console.close()

    async def _serve(self, stacks: list[CreatedStack], endpoint: str, listener: socket) -> dict[str, str]:
        """Serve the main API at `listener` and each nested one at a port of its own; return the addresses of those."""
        urls = {}
        for api in definition.read(stacks):
            gateway = Gateway(
                api,
                self.functions,
                apigateway=partial(clients.client, "apigateway", endpoint),
                on_access=self._console.access_line,
            )
            runner = web.ServerRunner(GatewayServer(gateway), access_log=None, shutdown_timeout=1)
            self._runners.append(runner)
            await runner.setup()
            place = ports.listen(0, "try again") if api.name else listener
            await web.SockSite(runner, place).start()
            if api.name:
                urls[api.name] = f"http://127.0.0.1:{place.getsockname()[1]}"
        return urls

    async def _start_aws(self) -> str:
        port = ports.find_free()
        with (self._options.folder / "logs" / "aws.log").open("ab") as log:
            self._aws = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "local.aws.server",
                str(port),
                cwd=Path(__file__).parent.parent,
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return f"http://127.0.0.1:{port}"

    def _state(
        self, port: int, endpoints: Endpoints, resources: dict[str, str], template: SamTemplate
    ) -> dict[str, Any]:
        return {
            "api_url": f"http://127.0.0.1:{port}",
            "tinybird_url": self._warehouse.url if self._warehouse else None,
            "tinybird": self._warehouse.state() if self._warehouse else None,
            "aws_endpoint_url": endpoints.aws,
            "dynamodb_endpoint_url": endpoints.dynamodb,
            "stack_name": STACK_NAME,
            "region": REGION,
            "resources": resources,
            "function_variables": functions.shared_variables(self.functions.values()),
            "auth_cache_ttl_seconds": int(template.parameters.get("AuthCacheTtlSeconds", 0)),
            "logs": str(self._options.folder / "logs"),
            "pids": {"stack": os.getpid(), **self._pids()},
        }

    def _pids(self) -> dict[str, int]:
        processes = {"aws": self._aws, "tinybird": self._warehouse.process if self._warehouse else None}
        return {name: process.pid for name, process in processes.items() if process is not None}

    def _parameters(self, started: warehouse.Warehouse | None) -> dict[str, str]:
        """Of the template. No store depends on those of the warehouse, so stores need not wait for it."""
        return {**warehouse.template_parameters(started), **self._options.parameters}

    async def _start_warehouse(self) -> warehouse.Warehouse | None:
        if self._options.warehouse_python is None:
            return None
        project = self._options.template.parent / "tinybird"
        return await warehouse.start(self._options.warehouse_python, project, self._options.folder)

    def _create_demo(self, state: dict[str, Any]) -> dict[str, Any]:
        known = _read_json(self._options.folder / "demo.json")
        endpoints = Endpoints(state["aws_endpoint_url"], state["dynamodb_endpoint_url"])
        resources = state["resources"]
        store = Store(endpoints.database(), resources["ApiKeysTable"], resources["WorkspaceTable"])
        plans = UsagePlans(endpoints.client("apigateway"), resources)
        first = workspaces.create(store, plans, "demo", known)._asdict()
        other = workspaces.create(store, plans, "other", known.get("other", {}))._asdict()
        created = {**first, "other": other}
        if self._warehouse is not None and self._warehouse.process is not None:
            events.load(self._warehouse, first["workspace_id"])
        (self._options.folder / "demo.json").write_text(json.dumps(created, indent=2))
        return created

    def _write(self, state: dict[str, Any]) -> None:
        """Whole or not at all: scripts wait for this file."""
        draft = self._state_file.with_suffix(".draft")
        draft.write_text(json.dumps(state, indent=2))
        draft.replace(self._state_file)


def _lock(folder: Path) -> IO[str]:
    """Held as long as the stack lives: two in one folder would share stack.json and demo keys."""
    file = (folder / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as failure:
        file.close()
        running = _read_json(folder / _STATE_FILE).get("api_url", "starting just now")
        raise StackError(f"a stack runs from {folder} already: {running}; stop it first") from failure
    return file


def _read_json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


class StackError(Exception):
    """The stack cannot start; the message says what to do."""


FORESEEN = (StackError, ports.PortError, warehouse.WarehouseError, sam.TemplateError, BotoCoreError)
