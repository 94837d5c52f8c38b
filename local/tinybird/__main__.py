"""`python -m local.tinybird` - serve a Tinybird project on this machine.

It prints one line of JSON when it serves. It exits on SIGTERM, on SIGINT and when its standard input closes, so that it
never outlives the stack. With `--watch`, it reloads changed files of the project and prints a line for each change.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import sys
import threading
import time
from functools import partial
from pathlib import Path

try:
    from local.tinybird import datafiles
except ImportError as failure:
    sys.exit(f"cannot start: {failure}. Install requirements/tinybird.txt into the environment of {sys.executable}")
from local import ports
from local.tinybird.errors import ProjectError, StartError
from local.tinybird.reloading import Reloader, Served
from local.tinybird.server import listen
from local.tinybird.storage import Storage
from local.tinybird.workspace import Limits, Workspace, open_workspace, read_credentials, write_tokens


def main() -> int:
    started = time.perf_counter()
    options = _parse_arguments()
    limits = Limits(options.events_per_second, options.body_bytes_max, options.query_seconds_max)
    try:
        project = datafiles.load(options.project)
        credentials = read_credentials(options.config, options.data)
        listener = ports.listen(options.port, "choose another one with --port")
        storage = Storage(options.data, query_seconds_max=limits.query_seconds_max, is_large=options.large)
        try:
            workspace = open_workspace(project, storage, credentials, limits)
            _write_tokens(options.tokens_file, workspace)
            asyncio.run(_serve(workspace, listener, started, options))
        finally:
            storage.close()
    except (ProjectError, StartError, ports.PortError) as refusal:
        print(f"cannot start: {refusal}", file=sys.stderr)
        return 1
    return 0


async def _serve(workspace: Workspace, listener: socket.socket, started: float, options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    def end_with_parent() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=end_with_parent, daemon=True).start()
    # Accept connections only now that requests can be answered.
    listener.listen()
    listener.settimeout(0)
    served = Served(workspace)
    watcher = None
    if options.watch:
        served = Reloader(workspace, partial(_write_tokens, options.tokens_file), partial(print, flush=True))
        watcher = asyncio.create_task(served.watch())
    server = listen(served, listener, quiet=options.quiet)
    ready = {
        "url": f"http://127.0.0.1:{listener.getsockname()[1]}",
        "workspace_id": workspace.credentials.workspace_id,
        "pid": os.getpid(),
        "seconds": round(time.perf_counter() - started, 2),
    }
    print(json.dumps(ready), flush=True)
    await stop.wait()
    server.stop()
    if watcher is not None:
        watcher.cancel()


def _write_tokens(file: Path | None, workspace: Workspace) -> None:
    if file is not None:
        write_tokens(file, workspace)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.tinybird", description=__doc__)
    parser.add_argument("--project", type=Path, required=True, help="folder with the .datasource and .pipe files")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 chooses a free one")
    parser.add_argument("--data", type=Path, help="folder to keep rows in (default: none, rows are lost at exit)")
    parser.add_argument("--config", type=Path, help='JSON file: {"workspace_id": ..., "admin_token": ...}')
    parser.add_argument("--tokens-file", type=Path, help="file to write the tokens that the project declares to")
    parser.add_argument("--events-per-second", type=float, default=Limits().events_per_second, help="per datasource")
    parser.add_argument("--body-bytes-max", type=int, default=Limits().body_bytes_max)
    parser.add_argument("--query-seconds-max", type=float, default=Limits().query_seconds_max)
    parser.add_argument("--large", action="store_true", help="use all processors for queries, for millions of rows")
    parser.add_argument("--watch", action="store_true", help="reload changed files of the project")
    parser.add_argument("--quiet", action="store_true", help="do not log requests")
    return parser.parse_args()


if __name__ == "__main__":
    # sys.exit would wait for running queries.
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
