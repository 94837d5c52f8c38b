"""The contract run: Schemathesis against the live stack, as each of the two demo workspaces.

`python -m tests.stack.contract.run` starts a stack of its own. What Schemathesis makes up follows from the document.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from pixel.auth.caller import Scope
from pixel.faces.infinity import INFINITY
from pixel.faces.pxl import PXL
from pixel.workspaces.api_keys import create_key
from pixel.workspaces.key_lookup import list_keys
from pixel.workspaces.key_models import NewKey
from pixel.workspaces.models import checked
from pixel.workspaces.provisioning import WorkspaceLimit, issue_key, set_limit
from tests.stack.running import PROJECT, RunningStack

_CONFIG = Path(__file__).with_name("schemathesis.toml")
# Together less than the largest usage plan carries, because the demo has keys with limits of their own too.
_REQUESTS_A_MINUTE = 12_000
_OF_A_CLASS = [1_500, 60]
_SUMMARY = re.compile(r"^=+ SUMMARY =+$", re.MULTILINE)


class Outcome(NamedTuple):
    passed: bool
    cases: int
    text: str


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.stack.contract.run")
    parser.add_argument("--examples", type=int, default=100, help="made-up requests per route and phase")
    examples = parser.parse_args().examples
    with tempfile.TemporaryDirectory() as folder, RunningStack(Path(folder)) as stack:
        outcomes = [try_contract(stack, name, f"--max-examples={examples}") for name in ("demo", "other")]
    for outcome in outcomes:
        sys.stdout.write(outcome.text if not outcome.passed else _SUMMARY.split(outcome.text)[-1])
    sys.stdout.write(f"{sum(outcome.cases for outcome in outcomes):,} requests as two workspaces\n")
    return 0 if all(outcome.passed for outcome in outcomes) else 1


def try_contract(stack: RunningStack, name: str, *arguments: str) -> Outcome:
    """Try the contract as one of the demo workspaces, `demo` or `other`."""
    workspace = stack.state if name == "demo" else stack.state["other"]
    target = stack.target
    limit = WorkspaceLimit(rate_limit=_REQUESTS_A_MINUTE)
    workspace_id = workspace["workspace_id"]
    set_limit(target.store, target.usage_plans, workspace_id, limit)
    key, _ = create_key(target.store, workspace_id, NewKey(name="contract", scopes=tuple(Scope)))
    own = {"scopes": INFINITY.scopes, "website_ids": [workspace["website_id"]]}
    limits = {one.name: _OF_A_CLASS for one in INFINITY.limits}
    new = checked(NewKey, {"name": "contract of a face", **own, "limits": limits})
    site_key, _ = issue_key(target.store, lambda: target.usage_plans, workspace_id, new)
    own_limit = {"scopes": PXL.scopes, "limits": {one.name: _OF_A_CLASS for one in PXL.limits}}
    new = checked(NewKey, {"name": "contract of short links", **own_limit})
    short_key, _ = issue_key(target.store, lambda: target.usage_plans, workspace_id, new)
    kept = ",".join(record.key_id for record in list_keys(target.store, workspace_id))
    command = [
        *(sys.executable, "-m", "schemathesis.cli", f"--config-file={_CONFIG}"),
        *("run", "docs/openapi.yaml", f"--url={stack.state['api_url']}", "--no-color"),
        f"--header=Authorization: Bearer {key}",
        *arguments,
    ]
    # The run must not revoke the keys that there are.
    keys = {"CONTRACT_SITE_KEY": site_key, "CONTRACT_SHORT_KEY": short_key}
    environment = {**os.environ, "CONTRACT_KEPT_KEYS": kept, **keys}
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, env=environment)
    text = done.stdout + done.stderr
    cases = re.search(r"Test cases:\s+(\d+) generated", text)
    # A run that was refused for its rate has shown nothing.
    passed = done.returncode == 0 and cases is not None and "Rate limited" not in text
    return Outcome(passed, int(cases[1]) if cases else 0, text)


if __name__ == "__main__":
    sys.exit(main())
