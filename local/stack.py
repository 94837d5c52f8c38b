"""Start and stop all parts of the stack, and write their addresses to stack.json."""

import asyncio
import fcntl
import json
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from socket import socket
from typing import IO, Any, NamedTuple, Self

from aiohttp import web
from botocore.exceptions import BotoCoreError

from local import changes, documents, ports, shell_file
from local.alert_pages import AlertPages
from local.aws import clients, dynamodb_tables, nested_stacks, process, stores
from local.aws.arrivals import Arrivals
from local.aws.clients import Endpoints
from local.aws.process import AwsServer, AwsServerError
from local.console import Console
from local.demo import links, past, shop
from local.demo.set_up import DemoError, set_up
from local.demo.workspaces import Place
from local.front_page import FrontPage
from local.gateway import definition
from local.gateway.gateway import Gateway
from local.gateway.server import GatewayServer, LocalPages
from local.hooks import HookReceivers, secrets_in
from local.lambdas import event_sources, functions, schedules
from local.lambdas.event_sources import Checkpoints, EventSources
from local.lambdas.functions import Function
from local.lambdas.schedules import Schedules
from local.mail import FOLDER as MAIL_FOLDER
from local.mail import MailKeeper, verify_sender
from local.mail_pages import MailPages
from local.secret_files import write_secret
from local.template import REGION, STACK_NAME, sam
from local.template.intrinsics import CreatedStack
from local.template.sam import SamTemplate
from local.ticker import Ticker
from local.tinybird import warehouse
from local.welcome import welcome
from pixel.aws.tables import Database
from pixel.aws.usage_plans import UsagePlanService
from pixel.dashboard.signing import VIEWER_SECRET
from pixel.links.store import LinkStore
from pixel.mail.links import MAIL_SECRET
from pixel.redirects.signing import LINKS_SECRET
from pixel.workspaces.plans import UsagePlans
from pixel.workspaces.store import Store

_STATE_FILE = "stack.json"
_CHECKPOINTS_FILE = "checkpoints.json"
_MAIL_TOPIC = "-mail-events"
_EVERY_OPTIONAL_PART = {f"Enable{source}": "true" for source in ("Queue", "Bus", "Topic", "Stream", "Files", "Links")}

_MAIL = {"MailFrom": "Pixel API <pixel@example.com>", "MailDomains": "example.com"}


class Options(NamedTuple):
    template: Path
    folder: Path
    port: int
    parameters: Mapping[str, str]
    quiet: bool = False
    demo: bool = True
    history: bool = False  # whether the demo's alerts and reports get a past
    fresh: bool = False  # delete the data of earlier runs
    warehouse_python: Path | None = None  # None starts without a warehouse


class Stack:
    def __init__(self, options: Options, console: Console) -> None:
        self._options = options
        self._console = console
        self._aws = AwsServer(options.folder)
        self._warehouse: warehouse.Warehouse | None = None
        self._warehouse_start: asyncio.Task[warehouse.Warehouse | None] | None = None
        self.functions: dict[str, Function] = {}
        self.state: dict[str, Any] = {}
        self._schedules = Schedules([])
        self._event_sources = EventSources([])
        self._arrivals: Arrivals | None = None
        self._mail: MailKeeper | None = None
        self.welcome = ""
        self._url = ""
        self._runners: list[web.ServerRunner] = []
        self._lock: IO[str] | None = None
        self._watchers: list[asyncio.Task[None]] = []
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

    async def wait(self, stop: asyncio.Event) -> None:
        """Wait until `stop` is set. Raises ProcessEndedError if a process that the stack needs ends before."""
        aws, stopped = asyncio.create_task(self._aws.ended()), asyncio.create_task(stop.wait())
        processes: dict[asyncio.Task[Any], tuple[str, str]] = {aws: ("the AWS server", "aws.log")}
        if self._warehouse is not None:
            processes[asyncio.create_task(self._warehouse.ended())] = ("the Tinybird stand-in", "tinybird.log")
        ended, waiting = await asyncio.wait((stopped, *processes), return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        if stopped not in ended:
            self._console.mute()  # whatever still runs fails without the process
            name, log = processes[ended.pop()]
            raise ProcessEndedError(
                f"{name} has ended unexpectedly; see {self._options.folder / 'logs' / log}, "
                "then run `make run` again: your data is kept"
            )

    async def _start(self) -> None:
        started = time.perf_counter()
        self._lock = _lock(self._options.folder)
        self._state_file.unlink(missing_ok=True)  # left by a killed stack; scripts wait for the new file
        listener = ports.listen(self._options.port, "choose another one: PORT=8788 make run")
        self._url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        if self._options.fresh:
            self._forget()
        await self._aws.start()
        endpoint = self._aws.endpoint
        endpoints = Endpoints(endpoint, os.environ.get("DYNAMODB_ENDPOINT") or endpoint)
        self._warehouse_start = asyncio.create_task(self._start_warehouse())
        preferences = {
            **_EVERY_OPTIONAL_PART,
            "ErrorsPageUrl": f"{self._url}{documents.ERRORS}",
            "ShortLinksUrl": self._url,
            "PublicUrl": self._url,
            **_MAIL,
            "AllowPrivateWebhooks": "true",
        }
        template = await asyncio.to_thread(sam.load, self._options.template, self._parameters(None), preferences)
        await self._aws.ready()
        resources = await asyncio.to_thread(stores.create, template, endpoints)
        self._warehouse = await self._warehouse_start
        template = template._replace(parameters={**template.parameters, **self._parameters(self._warehouse)})
        stacks = await asyncio.to_thread(nested_stacks.create, template, resources, endpoints)
        if self._options.fresh and endpoints.has_other_dynamodb:
            await asyncio.to_thread(_empty_tables, stacks, endpoints)
        await self._aws.load_state(stacks)
        path = stacks[0].resolver.resolve({"Fn::Sub": "/pixel/${AWS::StackName}"})
        viewer_secret, *_ = [
            await asyncio.to_thread(stores.keep_secret, endpoint, f"{path}/{name}")
            for name in (VIEWER_SECRET, LINKS_SECRET, MAIL_SECRET)
        ]
        if self._warehouse is not None:
            await asyncio.to_thread(stores.put_secrets, endpoint, path, self._warehouse.secrets())
        self.functions = functions.create(stacks, endpoints, self._console.function_line)
        self.state = state = self._state(endpoints, resources, template)
        if self._options.demo:
            demo = await asyncio.to_thread(self._set_up_demo, endpoints, resources)
            state |= {**demo, "shop_url": await self._serve_shop(demo["publishable_key"])}
        await self._aws.keep_state()
        arrivals = self._look_for_arrivals(endpoint)
        await self._keep_mail(endpoint, arrivals, template)
        front_page = self._front_page(viewer_secret)
        ticker = Ticker(self.functions.values())
        state["nested_api_urls"] = await self._serve(
            stacks, endpoint, listener, front_page, self._local_pages(endpoints.database(), ticker)
        )
        shell_file.write(self._options.folder, state)
        write_secret(self._state_file, state)  # atomically, because scripts wait for it
        self._schedules = schedules.read(stacks, self.functions)
        self._schedules.start()
        self._event_sources = EventSources(event_sources.read(stacks, self.functions))
        self._event_sources.start(endpoint, arrivals, Checkpoints(self._options.folder / _CHECKPOINTS_FILE))
        self._watchers = [asyncio.create_task(changes.report(self._options.template, self._console.say))]
        if self._options.history and state.get("is_new"):
            self._watchers.append(asyncio.create_task(past.play(ticker.tick)))
        if self._warehouse is not None and self._warehouse.process is not None:
            lines = warehouse.forward_lines(self._warehouse.process, self._console.say)
            self._watchers.append(asyncio.create_task(lines))
        seconds = time.perf_counter() - started
        self.welcome = welcome(state, self._state_file, seconds, template, dashboard=front_page.dashboard())

    async def _stop(self) -> None:
        if self._lock is not None:
            self._state_file.unlink(missing_ok=True)
            shell_file.remove(self._options.folder)
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        await self._schedules.stop()
        await self._event_sources.stop()
        if self._mail is not None:
            await self._mail.stop()
        if self._arrivals is not None:
            await self._arrivals.stop()
        for runner in self._runners:
            await runner.cleanup()
        await functions.stop(self.functions.values())
        if self._warehouse_start is not None:
            # Also after a failure elsewhere, because the next start needs the folder.
            [started] = await asyncio.gather(self._warehouse_start, return_exceptions=True)
            if isinstance(started, warehouse.Warehouse):
                await started.stop()
        await self._aws.stop()
        self._console.close()
        if self._lock is not None:
            self._lock.close()

    def _forget(self) -> None:
        """Delete the data of earlier runs, except the demo's keys, which scripts may use."""
        process.forget_state(self._options.folder)
        warehouse.forget_rows(self._options.folder)
        (self._options.folder / _CHECKPOINTS_FILE).unlink(missing_ok=True)
        shutil.rmtree(self._options.folder / MAIL_FOLDER, ignore_errors=True)

    def _look_for_arrivals(self, endpoint: str) -> Arrivals:
        self._arrivals = Arrivals(endpoint)
        self._arrivals.start()
        return self._arrivals

    async def _keep_mail(self, endpoint: str, arrivals: Arrivals, template: SamTemplate) -> None:
        """Let SES take mail from the template's sender, and save what it takes."""
        sender = template.parameters.get("MailFrom", "")
        if sender:
            await asyncio.to_thread(verify_sender, endpoint, sender)
        topics = await asyncio.to_thread(clients.client("sns", endpoint).list_topics)
        arns = [topic["TopicArn"] for topic in topics["Topics"] if _MAIL_TOPIC in topic["TopicArn"]]
        self._mail = MailKeeper(self._options.folder, endpoint, arrivals, arns[0] if arns else None)
        self._mail.start()

    def _front_page(self, viewer_secret: str) -> FrontPage:
        ids = self.state.get("workspace_id"), self.state.get("website_id")
        return FrontPage(self._url, viewer_secret, *ids, shop_url=self.state.get("shop_url"))

    def _local_pages(self, database: Database, ticker: Ticker) -> list[LocalPages]:
        """Return what is served below /_local/."""
        resources = self.state["resources"]
        return [
            HookReceivers(secrets_in(database, resources.get("SecretsTable", ""))),
            MailPages(self._options.folder),
            AlertPages(database, resources.get("WorkspaceTable", ""), self.state.get("workspace_id")),
            ticker,
        ]

    async def _serve(
        self,
        stacks: list[CreatedStack],
        endpoint: str,
        listener: socket,
        front_page: FrontPage,
        local_pages: Sequence[LocalPages],
    ) -> dict[str, str]:
        """Serve all APIs at `listener`, and return the addresses of nested ones."""
        main, *nested = (
            Gateway(
                api,
                self.functions,
                apigateway=partial(clients.client, "apigateway", endpoint),
                on_access=self._console.access_line,
            )
            for api in definition.read(stacks)
        )
        await self._listen(GatewayServer(main, front_page, nested, local_pages), listener)
        return {gateway.definition.name: self._url for gateway in nested}

    async def _serve_shop(self, publishable_key: str) -> str:
        """Serve the shop of the demo, and return its address."""
        listener = ports.listen_beside(self._options.port)
        pages = shop.Shop(f"{self._url}/p/{publishable_key}.js")
        await self._listen(web.Server(pages.answer, access_log=None), listener)
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    async def _listen(self, server: web.Server, place: socket) -> None:
        runner = web.ServerRunner(server, access_log=None, shutdown_timeout=1)
        self._runners.append(runner)
        await runner.setup()
        await web.SockSite(runner, place).start()

    def _state(self, endpoints: Endpoints, resources: dict[str, str], template: SamTemplate) -> dict[str, Any]:
        return {
            "api_url": self._url,
            "links_url": self._url if "LinksTable" in resources else None,
            "mail_from": template.parameters.get("MailFrom", ""),
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
        stand_in = self._warehouse.process if self._warehouse else None
        pids = {"aws": self._aws.pid, "tinybird": stand_in.pid if stand_in else None}
        return {name: pid for name, pid in pids.items() if pid is not None}

    def _parameters(self, started: warehouse.Warehouse | None) -> dict[str, str]:
        """Return parameters for the template; stores use none of the warehouse's, so they need not wait for it."""
        return {**warehouse.template_parameters(started), **self._options.parameters}

    async def _start_warehouse(self) -> warehouse.Warehouse | None:
        if self._options.warehouse_python is None:
            return None
        project = self._options.template.parent / "tinybird"
        return await warehouse.start(self._options.warehouse_python, project, self._options.folder)

    def _set_up_demo(self, endpoints: Endpoints, resources: Mapping[str, str]) -> dict[str, Any]:
        store = Store(
            endpoints.database(),
            resources["ApiKeysTable"],
            resources["WorkspaceTable"],
            secrets_table=resources.get("SecretsTable", ""),
            private_allowed=True,
        )
        plans = UsagePlans(UsagePlanService(endpoints.client("apigateway")), resources)
        place = Place(self._url, past.BEGAN_BEFORE if self._options.history else timedelta(0))
        demo = set_up(store, plans, self._warehouse, self._options.folder / "demo.json", place)
        demo["publishable_key"] = shop.set_up(store, demo["workspace_id"], demo["website_id"])
        if "LinksTable" in resources:
            link_store = LinkStore(store.database, resources["LinksTable"], store.workspace_table, own_hosts=())
            demo["short_link"] = f"{self._url}/{links.create(link_store, demo['workspace_id'])}"
        return demo


def _empty_tables(stacks: list[CreatedStack], endpoints: Endpoints) -> None:
    """Empty the tables in another DynamoDB engine, which a fresh start does not delete."""
    for template, resolver in stacks:
        tables = {
            resolver.resolve({"Ref": name}): table["Properties"]
            for name, table in template.of_type("AWS::DynamoDB::Table").items()
            if resolver.is_created(name)
        }
        dynamodb_tables.create_empty(endpoints.client("dynamodb"), tables)


def _lock(folder: Path) -> IO[str]:
    """Lock the folder while the stack runs: two stacks would overwrite each other's files."""
    file = (folder / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as failure:
        file.close()
        running = _read_json(folder / _STATE_FILE).get("api_url", "it is starting")
        raise StackError(f"a stack is already running from {folder}: {running}; stop it first") from failure
    return file


def _read_json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


class ProcessEndedError(Exception):
    """A process that the stack needs has ended; the message says which and what to do."""


class StackError(Exception):
    """The stack cannot start; the message says what to do."""


FORESEEN = (
    *(StackError, AwsServerError, DemoError, ports.PortError, warehouse.WarehouseError, sam.TemplateError),
    BotoCoreError,
)
