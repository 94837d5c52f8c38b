"""`pixelctl --local --json` on the running stack."""

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.loaders import create_loader

from pixelctl.__main__ import main
from tests.stack.running import RunningStack

_SHARED_LOADER = cache(create_loader)  # reads the descriptions of AWS's services once for all commands


def pixelctl(stack: RunningStack, *arguments: str, typed: str = "") -> Any:
    """Return what the command printed, run in this process: a start takes longer than most commands."""
    printed, complaints = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as shell, redirect_stdout(printed), redirect_stderr(complaints):
        shell.setenv("PIXEL_LOCAL_DIR", str(stack.folder))
        shell.setattr(sys, "stdin", io.StringIO(typed))
        shell.setattr(botocore.session, "create_loader", _SHARED_LOADER)
        status = main(["--local", "--json", *arguments])
    assert status == 0, complaints.getvalue()
    return json.loads(printed.getvalue())


def pixelctl_in_a_shell(stack: RunningStack, *arguments: str) -> Any:
    """Return what the command printed, started as a shell starts it."""
    ended = subprocess.run(
        [sys.executable, "-m", "pixelctl", "--local", "--json", *arguments],
        env={**os.environ, "PIXEL_LOCAL_DIR": str(stack.folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)
