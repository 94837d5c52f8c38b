"""The command with a terminal as its output."""

import os
import pty
import subprocess
import sys

from tests.pixelctl.conftest import Outcome
from tests.template.document import ROOT


def run_on_a_terminal(*words: str, **environment: str) -> Outcome:
    """Run the command in a process of its own, and return what a terminal shows of both outputs."""
    reader, terminal = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pixelctl", *words],
            stdout=terminal,
            stderr=terminal,
            env={**os.environ, "TERM": "xterm", "PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'common'}"} | environment,
            check=False,
            timeout=60,
        )
        shown = os.read(reader, 65_536).decode().replace("\r\n", "\n")
    finally:
        os.close(terminal)
        os.close(reader)
    return Outcome(done.returncode, shown, "")
