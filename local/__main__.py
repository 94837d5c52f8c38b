"""`python -m local` - start the embedded stack and keep it up until Ctrl-C."""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from local.console import Console
from local.stack import FORESEEN, Options, ProcessEndedError, Stack

_PROJECT = Path(__file__).resolve().parent.parent
_YES = ("1", "true", "yes")


def main() -> int:
    options = _parse_arguments()
    _forget_aws_account()
    options.folder.mkdir(parents=True, exist_ok=True)
    console = Console(options.folder / "logs", quiet=options.quiet)
    console.say("starting the embedded stack ...")
    try:
        asyncio.run(_serve(options, console))
    except FORESEEN as failure:
        print(f"cannot start: {failure}", file=sys.stderr)
        return 1
    except ProcessEndedError as failure:
        print(f"stopped: {failure}", file=sys.stderr)
        return 1
    console.say("stopped.")
    return 0


def _forget_aws_account() -> None:
    """Remove AWS credentials from the environment, so that nothing here reaches a real account."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


async def _serve(options: Options, console: Console) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Stack(options, console) as stack:
        console.say(stack.welcome)
        await stack.wait(stop)


def _parse_arguments() -> Options:
    parser = argparse.ArgumentParser(prog="python -m local", description="Run Pixel API on this machine.")
    parser.add_argument(
        "--port", type=_port, default=os.environ.get("PORT", "8787"), help="port of the API; 0 chooses a free one"
    )
    parser.add_argument("--template", type=Path, default=_PROJECT / "template.yaml")
    parser.add_argument(
        "--folder",
        type=Path,
        default=_PROJECT / ".local",
        help="folder for stack.json, log files and the data that survives a restart",
    )
    parser.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="set a template parameter"
    )
    parser.add_argument("--quiet", action="store_true", help="write requests to log files only")
    parser.add_argument(
        "--fresh",
        action="store_true",
        default=os.environ.get("FRESH", "").lower() in _YES,
        help="start from scratch: delete the workspaces, keys, records, messages, files and rows of earlier runs",
    )
    parser.add_argument("--no-demo", action="store_true", help="start without the demo workspaces")
    parser.add_argument(
        "--no-history", action="store_true", help="do not go through the last days of the demo's alerts"
    )
    parser.add_argument("--no-warehouse", action="store_true", help="start without the Tinybird stand-in")
    given = parser.parse_args()
    return Options(
        template=given.template.resolve(),
        folder=given.folder.resolve(),
        port=given.port,
        parameters=dict(entry.split("=", 1) for entry in given.parameter),
        quiet=given.quiet,
        demo=not given.no_demo,
        history=not given.no_history,
        fresh=given.fresh,
        warehouse_python=None if given.no_warehouse else _PROJECT / ".venv-tinybird" / "bin" / "python",
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; set PORT to a number up to 65535")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
